//! Token codes that Tatum KMS accepted in place of a chain.
//!
//! It stored such wallets under the token's code, where its daemon never found them. Here they are
//! answered with the chain to use. The list is every currency code that made a wallet in version 8.0.1.

use kms_core::Ticker;

static TOKENS: &[(Ticker, &[&str])] = &[
    (
        Ticker("BSC"),
        &[
            "BADA",
            "BBCH",
            "BBTC",
            "BDOT",
            "BETH",
            "BLTC",
            "BUSD_BSC",
            "BXRP",
            "CAKE",
            "COIIN_BSC",
            "GAMEE",
            "GMC_BSC",
            "USDC_BSC",
            "WBNB",
        ],
    ),
    (Ticker("CELO"), &["CEUR", "CUSD"]),
    (
        Ticker("ETH"),
        &[
            "BAT",
            "BUSD",
            "COIIN",
            "ETH_ARB",
            "ETH_BASE",
            "ETH_OP",
            "EURTENT",
            "FREE",
            "GMC",
            "GOLDAX",
            "HAG",
            "INTENT",
            "LATOKEN",
            "LEO",
            "LINK",
            "MATIC_ETH",
            "MKR",
            "MMY",
            "PAX",
            "PAXG",
            "PLTC",
            "POL_ETH",
            "REVV",
            "SAND",
            "TUSD",
            "UNI",
            "USDC",
            "USDC_ARB",
            "USDC_BASE",
            "USDC_OP",
            "USDT",
            "USDT_ARB",
            "USDT_BASE",
            "USDT_OP",
            "WBTC",
            "XCON",
        ],
    ),
    (Ticker("FLOW"), &["FUSD"]),
    (Ticker("MATIC"), &["USDC_MATIC", "USDC_MATIC_NATIVE", "USDT_MATIC"]),
    (Ticker("TRON"), &["INRT_TRON", "USDT_TRON"]),
];

/// The token with the code `ticker`, in any letter case, and its chain.
pub(crate) fn chain_of(ticker: &str) -> Option<(&'static str, Ticker)> {
    TOKENS.iter().find_map(|(chain, tokens)| {
        let token = tokens.iter().find(|token| token.eq_ignore_ascii_case(ticker))?;
        Some((*token, *chain))
    })
}
