//! The config file that `config init` writes: every setting, commented out.

use std::fmt::Write as _;

use super::table::{Given, Setting, Shown, TABLE};

const HEAD: &str = "\
# Settings of tatum-kms. Every line here is an example: take away its `#` to make it count.
#
# Flags win over the environment, that over ./.env, that over the file of --envFile, and all of them over this
# file. Names may be written in kebab-case too (api-url). Secrets have no place here: name a file that holds them.
# Of passwordFile, passwordCommand, aws, azure, gcp, vault and vgs one at most can count.
";

const TAIL: &str = "
# A profile is chosen by --profile or TATUM_KMS_PROFILE; its settings come in place of those above.
#[profile.staging]
#testnet = true
#path = \"/var/lib/tatum-kms/staging.dat\"
";

/// The file.
pub(crate) fn example() -> String {
    let mut text = HEAD.to_owned();
    for (title, wanted) in [("Every command", false), ("The daemon", true)] {
        let _ = write!(text, "\n# --- {title} ---\n");
        let of_part = |setting: &&Setting| (setting.given == Given::DaemonFlag) == wanted;
        let written = TABLE.iter().filter(|setting| setting.shown != Shown::Secret);
        for setting in written.filter(of_part) {
            let _ =
                write!(text, "\n# {}\n#{} = {}\n", setting.told(), setting.key, setting.example);
        }
    }
    text + TAIL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    #[test]
    fn every_example_is_a_value_of_its_setting() {
        let text = example();
        let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
        let lines: Vec<_> = lines.filter(|line| line.starts_with(char::is_alphabetic)).collect();
        let known = TABLE.iter().filter(|setting| setting.shown != Shown::Secret);
        assert_eq!(lines.len(), known.count() + 2, "{text}");
        for line in lines {
            let table: toml::Table = line.parse().unwrap();
            let (key, value) = table.into_iter().next().unwrap();
            let setting = super::super::table::find(&key).unwrap();
            if !matches!(setting.given, Given::Variable(_) | Given::FileOf(_)) {
                let texts = super::super::config::texts(setting, value).unwrap();
                let tree = args::tree();
                let checked = args::check(&tree, &args::as_flags(&tree, &key, &texts));
                assert_eq!(checked, Ok(()), "{line}");
            }
        }
        assert!(text.parse::<toml::Table>().unwrap().is_empty());
    }
}
