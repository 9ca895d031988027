//! Text in XML and HTML.

/// Text for an element or attribute; what XML 1.0 cannot hold at all is replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\t' | '\n' | '\r' => result.push_str(&format!("&#{};", letter as u32)),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => result.push('\u{fffd}'),
            letter => result.push(letter),
        }
    }
    result
}
