//! What is said of an endpoint.

use serde_json::{Value, json};

/// An id as the examples have it.
pub(crate) const PENDING_ID: &str = "5e6645712b55823de7ea82f1";

/// A wallet of the examples.
pub(crate) const WALLET: &str = "6d78dad2-518f-4e76-8255-8f1df0de6886";

/// Summary and examples. The schemas are made of the examples: what is in the example of a body is
/// required, unless it is named as optional.
#[derive(Clone, Debug)]
pub struct About {
    pub(crate) summary: String,
    /// A value for each part of the path that is open, in order.
    pub(crate) at: Vec<String>,
    /// Parameters behind the question mark, and whether each is required.
    pub(crate) query: Vec<(&'static str, String, bool)>,
    pub(crate) body: Option<Value>,
    pub(crate) optional: &'static [&'static str],
    /// None where nothing is said but that it is done.
    pub(crate) answer: Option<Value>,
    pub(crate) effect: Effect,
}

/// What a request does to the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It is another one afterwards.
    Changes,
    /// Nothing.
    Reads,
    /// A question to a node, or a transaction for it: its body tells.
    MaySend,
}

impl About {
    /// One sentence.
    pub(crate) fn new(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            at: Vec::new(),
            query: Vec::new(),
            body: None,
            optional: &[],
            answer: None,
            effect: Effect::Changes,
        }
    }

    /// A request for a transaction that a wallet of the KMS signs, by the example of its body.
    pub(crate) fn queues(
        summary: impl Into<String>,
        mut body: Value,
        optional: &'static [&'static str],
    ) -> Self {
        body["signatureId"] = WALLET.into();
        Self::new(summary)
            .body(body)
            .optional(optional)
            .answer(json!({ "signatureId": PENDING_ID }))
    }

    /// Values for what is open in the path.
    pub(crate) fn at<const N: usize>(mut self, values: [&str; N]) -> Self {
        self.at = values.map(str::to_owned).to_vec();
        self
    }

    /// A parameter that must be given.
    pub(crate) fn query(mut self, name: &'static str, example: &str) -> Self {
        self.query.push((name, example.to_owned(), true));
        self
    }

    /// A parameter that may be given.
    pub(crate) fn filter(mut self, name: &'static str, example: &str) -> Self {
        self.query.push((name, example.to_owned(), false));
        self
    }

    /// An example of the body.
    pub(crate) fn body(mut self, example: Value) -> Self {
        self.body = Some(example);
        self
    }

    /// What the body need not have.
    pub(crate) fn optional(mut self, names: &'static [&'static str]) -> Self {
        self.optional = names;
        self
    }

    /// An example of the answer, of the parts that are always there.
    pub(crate) fn answer(mut self, example: Value) -> Self {
        self.answer = Some(example);
        self
    }

    /// It changes nothing.
    pub(crate) fn reads(mut self) -> Self {
        self.effect = Effect::Reads;
        self
    }

    /// It is a question, or a transaction for a node.
    pub(crate) fn may_send(mut self) -> Self {
        self.effect = Effect::MaySend;
        self
    }
}
