//! Bytes as text: records of the engine's wire inside a scenario's JSON.

/// Returns two digits a byte.
pub(crate) fn text(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Returns the bytes, or `None` if the text is not two digits a byte.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let is_whole = digits.len() % 2 == 0 && digits.iter().all(u8::is_ascii_hexdigit);
    is_whole.then(|| {
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, &digit| byte * 16 + value(digit))).collect()
    })
}

fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        digit => digit.to_ascii_lowercase() - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        assert_eq!(bytes(&text(&[0, 9, 171, 255])), Some(vec![0, 9, 171, 255]));
        assert_eq!((bytes("0"), bytes("zz")), (None, None));
    }
}
