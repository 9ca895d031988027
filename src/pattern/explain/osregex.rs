//! osregex, part by part, for both engines (`spec/regex.md` §5, §6).

use std::ops::Range;

use super::Parts;
use crate::pattern::literal::Anchored;
use crate::pattern::translate::is_plain;

enum Token {
    /// A backslash class or an escaped sign; its letter and quantifier.
    Class {
        letter: u8,
        quantifier: Option<u8>,
    },
    /// An escape that is an error.
    Bad,
    Open,
    Close,
    Bar,
    Caret,
    Dollar,
    /// A sign that looks like syntax of other languages.
    Sign(u8),
    /// OSSEC: a byte that the rule "two bytes behind a backslash" repeats.
    Repeated {
        sign: u8,
    },
    Text,
}

/// `native`: Wazuh and 2.8.3; else the rewriting of OSSEC 3.7 and 4.3.
pub(super) fn explain(parts: &mut Parts<'_>, native: bool) {
    let pattern = parts.pattern;
    let tokens = if native {
        lex(pattern, true)
    } else {
        lex(pattern, false)
    };
    let shortcut = !native && Anchored::of(pattern, is_plain).is_some();
    let compared = if shortcut {
        "; plain text with an anchor is compared without a regex"
    } else {
        ""
    };
    let mut group = 0;
    let mut open = Vec::new();
    for (index, (token, range)) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &tokens[before].0);
        let next = tokens.get(index + 1).map(|next| &next.0);
        let first = matches!(before, None | Some(Token::Bar));
        let last = matches!(next, None | Some(Token::Bar));
        let after_mark = native && matches!(before, Some(Token::Open | Token::Close));
        let adjacent = if after_mark {
            "; directly behind another parenthesis it is compared as a literal `(`"
        } else {
            ""
        };
        let meaning = match token {
            Token::Class { letter, quantifier } => {
                class(*letter, *quantifier, native, ends(&tokens[index + 1..]))
            }
            Token::Bad => "not an escape of osregex: the pattern is refused".to_owned(),
            Token::Open => {
                group += 1;
                open.push(group);
                format!("begins group {group}{adjacent}")
            }
            Token::Close => match open.pop() {
                Some(group) => format!("ends group {group}{adjacent}"),
                None => "closes nothing: the pattern is refused".to_owned(),
            },
            Token::Bar if native && !open.is_empty() => {
                "not possible inside of a group: the pattern is refused".to_owned()
            }
            Token::Bar if native => "or, if nothing before it matches anywhere".to_owned(),
            Token::Bar => "or".to_owned(),
            Token::Caret if !native || first => {
                let odd = if first || matches!(before, Some(Token::Open)) {
                    ""
                } else {
                    "; nothing can match before it"
                };
                format!("the start of the input{odd}{compared}")
            }
            Token::Dollar if !native || last => {
                let odd = if last || matches!(next, Some(Token::Close)) {
                    ""
                } else {
                    "; nothing can match behind it"
                };
                format!("the very end of the input{odd}{compared}")
            }
            Token::Caret => "a literal `^`: an anchor only begins an alternative".to_owned(),
            Token::Dollar => "a literal `$`: an anchor only ends an alternative".to_owned(),
            Token::Sign(sign) => sign_meaning(*sign).to_owned(),
            Token::Repeated { sign } => {
                let times = if *sign == b'+' {
                    "one or more times"
                } else {
                    "any number of times"
                };
                format!(
                    "the part before it, {times}: the sign stands two bytes behind a backslash, \
                     which is all that this dialect looks at"
                )
            }
            Token::Text => {
                let ascii = pattern[range.clone()].is_ascii();
                let rest = if native && !ascii {
                    "; never matches: bytes outside of ASCII in a pattern equal none of the input"
                } else {
                    ", in any case"
                };
                parts.push_text(range.clone(), rest);
                continue;
            }
        };
        parts.push(range.clone(), meaning);
    }
}

/// Whether nothing but parentheses and an anchor follow up to the end of the alternative.
fn ends(rest: &[(Token, Range<usize>)]) -> bool {
    let mut rest = rest
        .iter()
        .map(|(token, _)| token)
        .skip_while(|token| matches!(token, Token::Close | Token::Open));
    match rest.next() {
        Some(Token::Dollar) => matches!(rest.next(), None | Some(Token::Bar)),
        next => matches!(next, None | Some(Token::Bar)),
    }
}

fn lex(pattern: &[u8], native: bool) -> Vec<(Token, Range<usize>)> {
    let known: &[u8] = if native {
        b"dwstpDWS.()\\$|<"
    } else {
        b"dwstpDWS.()\\$|<[]{}"
    };
    let mut tokens: Vec<(Token, Range<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        let mut end = at + 1;
        let token = match byte {
            b'+' | b'*' if !native && at >= 2 && pattern[at - 2] == b'\\' => {
                Token::Repeated { sign: byte }
            }
            b'\\' => match pattern.get(at + 1) {
                Some(&letter) => {
                    end += 1;
                    if known.contains(&letter) {
                        let quantifier = pattern
                            .get(end)
                            .copied()
                            .filter(|sign| b"+*".contains(sign));
                        end += usize::from(quantifier.is_some());
                        Token::Class { letter, quantifier }
                    } else {
                        Token::Bad
                    }
                }
                None => Token::Bad,
            },
            b'(' => Token::Open,
            b')' => Token::Close,
            b'|' => Token::Bar,
            b'^' => Token::Caret,
            b'$' => Token::Dollar,
            b'+' | b'*' | b'?' | b'.' | b'[' | b']' | b'{' | b'}' => Token::Sign(byte),
            _ => Token::Text,
        };
        match tokens.last_mut() {
            Some((Token::Text, range)) if matches!(token, Token::Text) => range.end = end,
            _ => tokens.push((token, at..end)),
        }
        at = end;
    }
    tokens
}

fn class(letter: u8, quantifier: Option<u8>, native: bool, last: bool) -> String {
    let (one, many) = match (letter, native) {
        (b'd', _) => ("digit", "digits"),
        (b'w', _) => (
            "letter, digit, `-`, `@` or `_`",
            "letters, digits, `-`, `@` or `_`",
        ),
        (b's', _) => ("blank (no tab)", "blanks (no tabs)"),
        (b't', _) => ("tab", "tabs"),
        (b'p', _) => (
            "sign of ``!\"#$%&'()*+,-.:;<=>?[]{|}``",
            "signs of ``!\"#$%&'()*+,-.:;<=>?[]{|}``",
        ),
        (b'D', true) => ("byte that is no digit", "bytes that are no digits"),
        (b'D', false) => (
            "character that is no digit",
            "characters that are no digits",
        ),
        (b'W', true) => ("byte that is not in `\\w`", "bytes that are not in `\\w`"),
        (b'W', false) => (
            "character that is not in `\\w`",
            "characters that are not in `\\w`",
        ),
        (b'S', true) => ("byte that is no blank", "bytes that are no blanks"),
        (b'S', false) => (
            "character that is no blank",
            "characters that are no blanks",
        ),
        (b'.', true) => ("byte of any kind", "bytes of any kind"),
        (b'.', false) => ("character of any kind", "characters of any kind"),
        _ => ("", ""),
    };
    let literal = format!(
        "literal `{}`",
        letter.escape_ascii().to_string().replace("\\\\", "\\")
    );
    let (one, many) = if one.is_empty() {
        (&*literal, &*literal)
    } else {
        (one, many)
    };
    let article = if one.starts_with("literal") {
        "a"
    } else {
        "one"
    };
    match quantifier {
        None => format!("{article} {one}"),
        Some(sign) => {
            let count = if sign == b'+' {
                "one or more"
            } else {
                "any number, also none, of"
            };
            let greed = match (native, last) {
                (_, true) => "takes as many as there are",
                (true, false) => "gives up at the first byte that the next part takes",
                (false, false) => "takes as few as the rest allows",
            };
            format!("{count} {many}; {greed}")
        }
    }
}

fn sign_meaning(sign: u8) -> &'static str {
    match sign {
        b'+' => "a literal `+`: quantifiers only follow a backslash class",
        b'*' => "a literal `*`: quantifiers only follow a backslash class",
        b'?' => "a literal `?`: osregex has no optional parts",
        b'.' => "a literal `.`: any byte is `\\.`",
        b'[' | b']' => "a literal bracket: osregex has no bracket classes",
        _ => "a literal brace: osregex has no counted repetition",
    }
}
