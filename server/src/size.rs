//! Sizes in the configuration.

/// Bytes of a size such as `4g`, `512m` or `0`.
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let (number, unit) = match text.strip_suffix(['k', 'm', 'g', 't']) {
        Some(number) => (number, text.as_bytes()[text.len() - 1]),
        None => (text.as_str(), b' '),
    };
    let shift = match unit {
        b'k' => 10,
        b'm' => 20,
        b'g' => 30,
        b't' => 40,
        _ => 0,
    };
    number.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_a_unit_or_are_bytes() {
        assert_eq!(bytes("4g"), Some(4 << 30));
        assert_eq!(bytes(" 512M "), Some(512 << 20));
        assert_eq!(bytes("0"), Some(0));
        for wrong in ["", "g", "4gb", "-1", "1.5g", "99999999999t"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
