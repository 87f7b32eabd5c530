//! JSON text that can be written into a page as it is.
//!
//! `<`, `>`, `&`, U+2028 and U+2029 are escaped, as Rails does it: people put JSON into
//! `<script>` elements, where a `</script>` in somebody's name would end it.

/// Appends `text` as a JSON string, quotes included.
///
/// ```
/// let mut out = String::new();
/// presence_core::json::string(&mut out, "a<b");
/// assert_eq!(out, r#""a\u003cb""#);
/// ```
pub fn string(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().all(|byte| PLAIN[usize::from(byte)]) {
        out.push_str(text);
    } else {
        escaped(out, text);
    }
    out.push('"');
}

/// Bytes that stand for themselves wherever they are: most texts have no others.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        plain[byte] = false;
        byte += 1;
    }
    let special = [b'"', b'\\', b'<', b'>', b'&', 0x7f, 0xe2];
    let mut at = 0;
    while at < special.len() {
        plain[special[at] as usize] = false;
        at += 1;
    }
    plain
};

fn escaped(out: &mut String, text: &str) {
    let mut start = 0;
    let bytes = text.as_bytes();
    for (i, &byte) in bytes.iter().enumerate() {
        let (escape, width) = match byte {
            b'"' => ("\\\"", 1),
            b'\\' => ("\\\\", 1),
            b'\n' => ("\\n", 1),
            b'\r' => ("\\r", 1),
            b'\t' => ("\\t", 1),
            b'<' => ("\\u003c", 1),
            b'>' => ("\\u003e", 1),
            b'&' => ("\\u0026", 1),
            0..=0x1f | 0x7f => ("", 1),
            0xe2 => match bytes.get(i + 1..i + 3) {
                Some([0x80, 0xa8]) => ("\\u2028", 3),
                Some([0x80, 0xa9]) => ("\\u2029", 3),
                _ => continue,
            },
            _ => continue,
        };
        out.push_str(&text[start..i]);
        if escape.is_empty() {
            control(out, byte);
        } else {
            out.push_str(escape);
        }
        start = i + width;
    }
    out.push_str(&text[start..]);
}

fn control(out: &mut String, byte: u8) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    out.push_str("\\u00");
    out.push(HEX[usize::from(byte >> 4)]);
    out.push(HEX[usize::from(byte & 15)]);
}

/// Appends an integer.
pub fn integer(out: &mut String, value: u64) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Appends milliseconds as a JSON number of seconds with three decimals.
pub fn seconds(out: &mut String, milliseconds: u64) {
    integer(out, milliseconds / 1_000);
    let rest = (milliseconds % 1_000) as u16;
    out.push('.');
    for digit in [rest / 100, rest / 10 % 10, rest % 10] {
        out.push(char::from(b'0' + digit as u8));
    }
}

/// Appends one member as pages get it: `{"id":…,"joined_at":…,"metas":[…]}`.
///
/// `metas` is JSON text already, brackets included.
pub fn member(out: &mut String, id: &str, joined_at: u64, metas: impl FnOnce(&mut String)) {
    out.push_str("{\"id\":");
    string(out, id);
    out.push_str(",\"joined_at\":");
    seconds(out, joined_at);
    out.push_str(",\"metas\":");
    metas(out);
    out.push('}');
}

#[cfg(test)]
mod tests {
    fn quoted(text: &str) -> String {
        let mut out = String::new();
        super::string(&mut out, text);
        out
    }

    #[test]
    fn escapes_what_a_page_would_misread() {
        assert_eq!(quoted("</script>&"), r#""\u003c/script\u003e\u0026""#);
        assert_eq!(quoted("\u{2028}\u{2029}"), r#""\u2028\u2029""#);
        assert_eq!(quoted("â\u{2020}"), "\"â\u{2020}\"");
        assert_eq!(quoted("\0\u{1f}\"\\\n"), r#""\u0000\u001f\"\\\n""#);
    }

    #[test]
    fn seconds_have_three_decimals() {
        let mut out = String::new();
        super::seconds(&mut out, 1_790_000_000_007);
        assert_eq!(out, "1790000000.007");
    }
}
