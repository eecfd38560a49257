//! Four-eyes: the operator's own server sees each transaction before it is signed, and must agree.
//!
//! | file | what |
//! |---|---|
//! | `question.rs` | what the server is told, and how that is signed |
//! | `answer.rs` | yes, no, or neither; whose answer it is |
//! | `denials.rs` | when a no is final |
//! | `settings.rs`, `error.rs` | what the operator decides; what can go wrong |

mod answer;
mod denials;
mod error;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod question;
mod settings;

use std::sync::Arc;
use std::time::Instant;

use kms_chains::Unsigned;
use kms_tatum::{PendingItem, Roots, builder, causes};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, Identity, Response};

pub use error::ApprovalError;
pub use settings::{
    Approval, ApprovalHeader, ApprovalMethod, ApprovalSettingsError, HeaderProblem,
};

use self::denials::Denials;
use self::question::Question;
use crate::content::Content;
use crate::status::Status;

/// Asks the approval server, where there is one.
pub(crate) struct Approver(Option<Server>);

struct Server {
    client: Client,
    approval: Approval,
    denials: Denials,
    /// Where it is counted how the questions end.
    status: Arc<Status>,
}

impl Approver {
    pub(crate) fn new(
        approval: Option<&Approval>,
        status: &Arc<Status>,
    ) -> Result<Self, ApprovalSettingsError> {
        let Some(approval) = approval else { return Ok(Self(None)) };
        if approval.is_open() {
            tracing::warn!(
                "the approval server is asked over plain http; whoever sits in between can agree in its place"
            );
        }
        let (client, approval) = (client(approval)?, approval.clone());
        let denials = Denials::new(approval.max_denials);
        Ok(Self(Some(Server { client, approval, denials, status: status.clone() })))
    }

    /// Asks whether `item`, ready to sign as `unsigned`, may be signed.
    pub(crate) async fn approve(
        &self,
        item: &PendingItem,
        content: Content,
        unsigned: &dyn Unsigned,
    ) -> Result<(), ApprovalError> {
        let Some(server) = &self.0 else { return Ok(()) };
        let id = &item.transaction.id;
        let json = item.json.expose_secret();
        let question = Question::new(&server.approval, id, json, content, unsigned)?;
        let start = Instant::now();
        let answer = server.ask(&question).await;
        let how = answer.as_ref().map_or_else(ApprovalError::state, |()| "approved");
        server.status.of(unsigned.intent().chain, |told| told.approval(how, start.elapsed()));
        match answer {
            Ok(()) => {
                server.denials.forget(id);
                Ok(())
            }
            Err(ApprovalError::Denied { status }) => match server.denials.add(id, content) {
                Some(asks) => Err(ApprovalError::DeniedForGood { status, asks }),
                None => Err(ApprovalError::Denied { status }),
            },
            Err(other) => Err(other),
        }
    }
}

impl Server {
    async fn ask(&self, question: &Question<'_>) -> Result<(), ApprovalError> {
        let (secret, strict) = (self.approval.secret.as_ref(), self.approval.strict);
        let answer = self.send(question).await.map_err(|error| self.no_answer(error))?;
        answer::read(question, secret, strict, answer.status().as_u16(), answer.headers())
    }

    async fn send(&self, question: &Question<'_>) -> reqwest::Result<Response> {
        let url = question.url.clone();
        let request = match question.method {
            ApprovalMethod::Get => self.client.get(url),
            ApprovalMethod::Post => {
                let request = self.client.post(url).header(CONTENT_TYPE, "application/json");
                request.body(question.body().to_owned())
            }
        };
        let mut headers = question.headers(self.approval.secret.as_ref());
        for extra in &self.approval.headers {
            headers.append(&extra.name, extra.value.clone());
        }
        request.headers(headers).send().await
    }

    /// Its words come without the address, which may hold a password.
    fn no_answer(&self, error: reqwest::Error) -> ApprovalError {
        if error.is_timeout() {
            return ApprovalError::TimedOut { seconds: self.approval.timeout.as_secs() };
        }
        ApprovalError::Unreachable(causes(error))
    }
}

/// A client with the operator's certificate and authorities. It follows no redirect.
fn client(approval: &Approval) -> Result<Client, ApprovalSettingsError> {
    let roots = match &approval.authorities {
        Some(pem) => Roots::Only(authorities(pem)?),
        None if approval.is_plain() => Roots::None,
        None => Roots::System,
    };
    let mut builder = builder(approval.timeout, approval.timeout, roots);
    if let Some(pem) = &approval.identity {
        let identity = Identity::from_pem(pem);
        builder = builder
            .identity(identity.map_err(|error| ApprovalSettingsError::Identity(causes(error)))?);
    }
    builder.build().map_err(|error| ApprovalSettingsError::Setup(causes(error)))
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, ApprovalSettingsError> {
    let found = Certificate::from_pem_bundle(pem)
        .map_err(|error| ApprovalSettingsError::Authorities(causes(error)))?;
    if found.is_empty() {
        return Err(ApprovalSettingsError::Authorities("there is no certificate in it".to_owned()));
    }
    Ok(found)
}
