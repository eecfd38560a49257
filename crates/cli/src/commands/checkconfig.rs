//! `checkconfig`: print the settings in force, and what is wrong with them. Of secrets, only whether they are set.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::bail;
use kms_chains::registry::CHAINS;
use kms_core::{ApiKey, NodeHost};
use kms_tatum::ClientSettings;
use serde_json::{Map, Value, json};

use super::daemon::API_URL;
use super::{App, report, store};
use crate::args::{self, OutputFormat, web_url};
use crate::output::{self, Output};
use crate::settings::{Given, Origin, Setting, Settings, Shown, TABLE};

/// The last of the variables that the old program printed; ours come after it.
const LAST_OF_OLD: &str = "TATUM_KMS_DEBUG_MODE";

/// Those that it printed as they are.
const SHOWN_BY_OLD: &[&str] = &["TATUM_KMS_AWS_REGION", "TATUM_KMS_DEBUG_MODE"];

pub(super) fn run(app: &App, format: Option<OutputFormat>) -> anyhow::Result<()> {
    let problems = problems(app);
    match format {
        Some(OutputFormat::Json) => Output::open()?.json(&document(app).to_string())?,
        None => output::text(&lines(app, &problems)?)?,
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("one of the settings can't be used: {}", problems[0]),
        count => bail!("{count} of the settings can't be used, see `problems`"),
    }
}

/// All settings as one document.
pub(super) fn document(app: &App) -> Value {
    let Settings { path, env_file, config, .. } = &app.settings;
    let defaults = defaults(app);
    let settings: Map<String, Value> = TABLE
        .iter()
        .map(|setting| {
            let (value, origin) = in_force(app, setting, &defaults);
            let told = json!({
                "value": value,
                "from": origin.to_string(),
                "variable": setting.variable(),
            });
            (setting.key.to_owned(), told)
        })
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "walletFile": path,
        "walletExists": !store::is_absent(path),
        "storeType": report::store_type(app),
        "envFile": env_file,
        "configFile": config.file(),
        "profile": config.profile(),
        "memory": app.memory.to_string(),
        "settings": settings,
        "problems": problems(app),
    })
}

/// First what the old program printed, as it did, then everything.
fn lines(app: &App, problems: &[String]) -> anyhow::Result<String> {
    let settings = &app.settings;
    let file =
        |path: Option<&Path>| path.map_or("N/A".into(), |path| path.to_string_lossy().into_owned());
    let mut lines = vec![
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Wallet file path", file(Some(&settings.path))),
        ("Wallet exists", (!store::is_absent(&settings.path)).to_string()),
        ("Wallet store type", report::store_type(app).to_owned()),
        ("Environment vars file", file(settings.env_file.as_deref())),
        ("Config file", file(settings.config.file())),
        ("Profile", settings.config.profile().unwrap_or("N/A").to_owned()),
        ("Memory", app.memory.to_string()),
    ];
    let mut go_on = true;
    let old = TABLE
        .iter()
        .filter_map(Setting::variable)
        .take_while(|name| std::mem::replace(&mut go_on, *name != LAST_OF_OLD));
    lines.extend(old.map(|name| (name, old_state(settings, name))));
    let mut text = String::new();
    for (name, value) in lines {
        writeln!(text, "{name:<32} : {value}")?;
    }
    writeln!(text, "\n{:<24} {:<40} from", "setting", "value")?;
    let defaults = defaults(app);
    for setting in TABLE {
        let (value, origin) = in_force(app, setting, &defaults);
        writeln!(
            text,
            "{:<24} {:<40} {origin}",
            setting.key,
            value.as_deref().unwrap_or("not set")
        )?;
    }
    for (n, problem) in problems.iter().enumerate() {
        let title = if n == 0 { "\nproblems\n" } else { "" };
        writeln!(text, "{title}  {problem}")?;
    }
    Ok(text)
}

fn old_state(settings: &Settings, name: &str) -> String {
    if SHOWN_BY_OLD.contains(&name) {
        return settings.get(name).unwrap_or("N/A").to_owned();
    }
    let set = match name {
        "TATUM_API_KEY" => settings.api_key().is_some(),
        _ => settings.get(name).is_some(),
    };
    set_or_not(set).to_owned()
}

/// What may be shown of the value in force, none if there is none, and where it came from.
fn in_force(
    app: &App,
    setting: &Setting,
    defaults: &BTreeMap<String, String>,
) -> (Option<String>, Origin) {
    let Settings { config, .. } = &app.settings;
    let typed = || config.typed(setting.key).map(|value| (Some(value.to_owned()), Origin::Flag));
    let (value, origin) = match setting.given {
        Given::Variable(name) | Given::FlagOrVariable(name) => match app.settings.origin(name) {
            // It is a secret; that it is set is all there is to know.
            Origin::Flag => (Some(String::new()), Origin::Flag),
            origin => {
                let set = || (app.settings.get(name).map(str::to_owned), origin);
                typed().unwrap_or_else(set)
            }
        },
        Given::Flag | Given::DaemonFlag | Given::FileOf(_) => {
            if let Some(typed) = typed() {
                typed
            } else if let Some((value, place)) = config.get(setting.key) {
                (Some(value), Origin::Config(place))
            } else {
                (None, Origin::Default)
            }
        }
    };
    let hidden = matches!(setting.shown, Shown::Presence | Shown::Secret);
    let value = value.or_else(|| defaults.get(setting.key).cloned());
    let value = value.map(|value| setting.show(&value));
    (
        if hidden { Some(value.unwrap_or_else(|| set_or_not(false).to_owned())) } else { value },
        origin,
    )
}

/// What counts where nobody has said anything, by key.
fn defaults(app: &App) -> BTreeMap<String, String> {
    let mut all = args::defaults();
    let mut set = |key: &str, value: String| drop(all.insert(key.to_owned(), value));
    set("path", app.settings.path.to_string_lossy().into_owned());
    set("apiUrl", API_URL.to_owned());
    if let Ok(url) = web_url(API_URL) {
        let api = ClientSettings::new(url, ApiKey::new(String::new()), app.network);
        set("retries", api.retries.to_string());
        set("retryDelay", api.retry_delay.as_millis().to_string());
        set("testnetType", api.testnet_type);
    }
    for chain in CHAINS {
        if let NodeHost::Outside { setting: name, url } = chain.spec().node
            && let Some(setting) = TABLE.iter().find(|setting| setting.variable() == Some(name))
        {
            set(setting.key, (*url.get(app.network)).to_owned());
        }
    }
    all
}

/// What is wrong, a sentence each.
fn problems(app: &App) -> Vec<String> {
    let settings = &app.settings;
    let mut all = Vec::new();
    for setting in TABLE {
        match setting.given {
            Given::Variable(name) if setting.is_url() => {
                let wrong =
                    settings.get(name).and_then(|text| web_url(&setting.as_url(text)).err());
                all.extend(wrong.map(|wrong| format!("{name} can't be used: {wrong}")));
            }
            Given::Variable(name) if setting.is_number() => {
                all.extend(settings.whole_number(name).err().map(|error| error.to_string()));
            }
            Given::DaemonFlag => all.extend(settings.config.problem(setting.key)),
            Given::Flag | Given::Variable(_) | Given::FlagOrVariable(_) | Given::FileOf(_) => {}
        }
    }
    if !app.network.is_testnet() {
        all.extend(settings.refuse_urls_from_here().err().map(|error| error.to_string()));
    }
    all
}

/// How a secret is shown.
pub(super) fn set_or_not(set: bool) -> &'static str {
    if set { "set" } else { "not set" }
}
