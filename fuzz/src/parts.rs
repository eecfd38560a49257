//! Inputs of several parts: a few bytes that choose, then texts with a zero byte between them.

/// The first two bytes, and the texts behind them. Nothing if it is too short or no text.
pub fn split(data: &[u8]) -> Option<(u8, u8, Vec<&str>)> {
    let ([first, second], rest) = data.split_first_chunk()?;
    let texts = rest.split(|byte| *byte == 0).map(str::from_utf8).collect::<Result<_, _>>().ok()?;
    Some((*first, *second, texts))
}

/// The reverse.
pub fn join(first: u8, second: u8, texts: &[&str]) -> Vec<u8> {
    let mut data = vec![first, second];
    data.extend_from_slice(texts.join("\0").as_bytes());
    data
}
