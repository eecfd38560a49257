//! What is said where Azure Key Vault gives no password.
//!
//! The errors are of the form of "Azure Key Vault REST API error codes" and "Microsoft Entra error codes" of
//! Microsoft's documentation, with messages as they are seen in issues of Azure's clients.

use crate::PASSWORD;
use crate::azure::{application, entra, vault};
use crate::program::{failure, failure_within};
use crate::server::{Reply, Server, nobody};

/// What is said if the vault answers this.
fn of_vault(status: u16, body: &'static str) -> String {
    let server = Server::start(move |asked| match asked.path() {
        "GET /secrets/kms" => Reply::Json(status, body.to_owned()),
        _ => entra(),
    });
    failure("azure", &application(&server.url())).replace(&server.host(), "HOST")
}

/// What is said if Entra ID answers this.
fn of_entra(status: u16, body: &'static str) -> String {
    failure("azure", &application(&Server::always(status, body).url()))
}

#[test]
fn what_the_vault_refuses_is_said() {
    for (status, body, expected) in [
        (
            403,
            r#"{"error":{"code":"Forbidden","message":"Caller is not authorized to perform action on resource.\r\nCaller: appid=1","innererror":{"code":"ForbiddenByRbac"}}}"#,
            "Azure Key Vault: no permission to read the secret `kms` (ForbiddenByRbac); grant the identity \
             `Key Vault Secrets User` on it, or `get` in the access policy of HOST",
        ),
        (
            403,
            r#"{"error":{"code":"Forbidden","message":"Operation get is not allowed on a disabled secret.","innererror":{"code":"SecretDisabled"}}}"#,
            "Azure Key Vault: the store answered with an error (SecretDisabled); its newest version is disabled: \
             enable it, or name another in TATUM_KMS_AZURE_SECRETVERSION",
        ),
        (
            403,
            r#"{"error":{"code":"Forbidden","message":"Client address is not authorized and caller is not a trusted service.","innererror":{"code":"ForbiddenByFirewall"}}}"#,
            "Azure Key Vault: the store answered with an error (ForbiddenByFirewall); let this machine through the \
             firewall of HOST",
        ),
        (
            404,
            r#"{"error":{"code":"SecretNotFound","message":"A secret with (name/id) kms was not found in this key vault."}}"#,
            "Azure Key Vault: there is no secret `kms` in HOST; check TATUM_KMS_AZURE_SECRETNAME and \
             TATUM_KMS_AZURE_VAULTURL",
        ),
        (
            401,
            r#"{"error":{"code":"Unauthorized","message":"AKV10032: Invalid issuer."}}"#,
            "Azure Key Vault: the credentials were refused (Unauthorized); use an identity of the tenant that the \
             vault is in",
        ),
        (
            302,
            "",
            "Azure Key Vault: the store answered with an error (HTTP 302); try again, and check HOST",
        ),
    ] {
        assert_eq!(of_vault(status, body), expected);
    }
}

#[test]
fn a_version_that_is_missing_is_named() {
    let server = Server::start(|asked| match asked.path() {
        "GET /secrets/kms/abc123" => {
            Reply::Json(404, r#"{"error":{"code":"SecretNotFound"}}"#.to_owned())
        }
        _ => entra(),
    });
    let url = server.url();
    let mut variables = application(&url);
    variables.push(("TATUM_KMS_AZURE_SECRETVERSION", "abc123"));
    let error = failure("azure", &variables);
    assert!(
        error.contains("there is no version abc123 of the secret `kms` that can be read"),
        "{error}"
    );
}

#[test]
fn what_entra_refuses_is_said() {
    for (status, body, part) in [
        (
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1","error_codes":[7000215]}"#,
            "the credentials were refused (AADSTS7000215); check TATUM_KMS_AZURE_CLIENT_SECRET",
        ),
        (
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]}"#,
            "(AADSTS7000222); the client secret has expired: make a new one",
        ),
        (
            400,
            r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application not found.","error_codes":[700016]}"#,
            "(AADSTS700016); check TATUM_KMS_AZURE_CLIENT_ID and TATUM_KMS_AZURE_TENANT_ID",
        ),
        (400, r#"{"error":"invalid_request"}"#, "(invalid_request); check the tenant, the client"),
        (404, "<html>", "the credentials were refused (HTTP 404)"),
        (
            200,
            r#"{"token_type":"Bearer"}"#,
            "the answer is not what the store should give (its JSON lacks",
        ),
    ] {
        let error = of_entra(status, body);
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_secret_that_can_not_be_used_is_said() {
    for (body, part) in [
        (
            r#"{"value":"{\"pwd\":\"correct horse battery staple\"}"}"#,
            "set TATUM_KMS_AZURE_KEY to the member",
        ),
        (r#"{"value":""}"#, "the password in the secret `kms` is empty"),
        (r#"{"value":"correct horse\nbattery staple"}"#, "has several lines"),
        (r#"{"id":"x"}"#, "the answer is not what the store should give"),
        (
            "correct horse battery staple",
            "the answer is not what the store should give (it is not JSON)",
        ),
    ] {
        let error = of_vault(200, body);
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_member_of_what_is_no_json_is_said() {
    let server = Server::start(|asked| match asked.path() {
        "GET /secrets/kms" => vault(asked, PASSWORD),
        _ => entra(),
    });
    let url = server.url();
    let mut variables = application(&url);
    variables.push(("TATUM_KMS_AZURE_KEY", "pwd"));
    let error = failure("azure", &variables);
    let part = "the secret `kms` is not a JSON object; store one, or leave TATUM_KMS_AZURE_KEY out";
    assert!(error.contains(part), "{error}");
}

#[test]
fn an_answer_without_end_is_not_read() {
    let server = Server::start(|_| Reply::Json(200, " ".repeat(300_000)));
    let error = failure("azure", &application(&server.url()));
    assert!(error.contains("it has more than 262144 bytes"), "{error}");
}

#[test]
fn where_nobody_answers_it_is_said() {
    let url = nobody();
    let error = failure("azure", &application(&url));
    assert!(error.contains("can't be reached: Connection refused"), "{error}");
    let server = Server::start(|_| Reply::Silence);
    let error = failure_within(&["--timeout", "1", "azure"], &application(&server.url()));
    assert_eq!(
        error,
        "Azure Key Vault: no answer within 1 seconds; check the address and the network"
    );
}

#[test]
fn a_certificate_that_nobody_trusts_is_said() {
    let server = Server::secure(|_| entra());
    let error = failure("azure", &application(&server.url()));
    let part = format!("no secure connection to {}: invalid peer certificate", server.host());
    assert!(error.contains(&part), "{error}");
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn what_is_not_set_is_named() {
    let url = nobody();
    let complete = application(&url);
    for (without, part) in [
        (
            "TATUM_KMS_AZURE_VAULTURL",
            "TATUM_KMS_AZURE_VAULTURL is not set; set it to the URL of the vault",
        ),
        ("TATUM_KMS_AZURE_SECRETNAME", "TATUM_KMS_AZURE_SECRETNAME is not set; set it to the name"),
        (
            "TATUM_KMS_AZURE_TENANT_ID",
            "TATUM_KMS_AZURE_TENANT_ID is not set; set it to that of the application",
        ),
        ("TATUM_KMS_AZURE_CLIENT_ID", "TATUM_KMS_AZURE_CLIENT_ID is not set"),
    ] {
        let variables: Vec<_> =
            complete.iter().copied().filter(|(name, _)| *name != without).collect();
        let error = failure("azure", &variables);
        assert!(error.contains(part), "{error}");
    }
    let nowhere = [
        ("TATUM_KMS_AZURE_VAULTURL", url.as_str()),
        ("TATUM_KMS_AZURE_SECRETNAME", "kms"),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", &url),
    ];
    let error = failure("azure", &nowhere);
    assert!(
        error.contains("no credentials were found; set TATUM_KMS_AZURE_TENANT_ID, "),
        "{error}"
    );
    let variables =
        [&nowhere[..], &[("AZURE_FEDERATED_TOKEN_FILE", "/nonexistent/token")]].concat();
    let error = failure("azure", &variables);
    assert!(error.contains("names /nonexistent/token, which can't be read"), "{error}");
}

#[test]
fn an_identity_that_is_not_assigned_is_said() {
    let body = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
    let server = Server::always(400, body);
    let url = server.url();
    let variables = [
        ("TATUM_KMS_AZURE_VAULTURL", url.as_str()),
        ("TATUM_KMS_AZURE_SECRETNAME", "kms"),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", &url),
        ("AZURE_CLIENT_ID", "abc"),
    ];
    let error = failure("azure", &variables);
    let part = "refused (invalid_request); assign the managed identity \"abc\" to this machine";
    assert!(error.contains(part), "{error}");
}
