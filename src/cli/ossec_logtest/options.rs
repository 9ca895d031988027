//! The command line as the C library's `getopt` reads it: one letter an option, letters may stand
//! together (`-tv`), a value stands in the same word or in the next one, options may stand behind
//! other words, `--` ends them.

use std::ffi::{OsStr, OsString};
use std::io;

use super::console::Console;
use super::help;
use crate::cli::short_options::Words;
use crate::dialect::Dialect;

/// The options of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// `-v`
    pub(super) verbose: bool,
    /// `-a`
    pub(super) alerts: bool,
    /// `-q`
    pub(super) quiet: bool,
    /// `-t`
    pub(super) test: bool,
    /// `-d`
    pub(super) debug: bool,
    /// `-U`
    pub(super) unit_test: Option<OsString>,
    /// `-c`
    pub(super) configuration: Option<OsString>,
    /// `-D`
    pub(super) home: Option<OsString>,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Run(Options),
    /// All has been said: end with this status.
    End(u8),
}

/// Reads the options from left to right; help, version and mistakes end it where they stand.
///
/// # Errors
/// Standard error cannot be written.
pub(super) fn read(
    program: &OsStr,
    arguments: Vec<OsString>,
    dialect: Dialect,
    console: &mut Console<'_>,
) -> io::Result<Wish> {
    let mut options = Options::default();
    let takes_value: &[u8] = match dialect {
        Dialect::Ossec283 => b"cDUug",
        _ => b"cDU",
    };
    let mut words = Words::new(arguments);
    while let Some(letter) = words.letter() {
        let value = if takes_value.contains(&letter) {
            let Some(value) = words.value() else {
                mistake(program, "option requires an argument", letter, console)?;
                return end(&help::help(dialect), 1, console);
            };
            value
        } else {
            OsString::new()
        };
        match letter {
            b'v' => options.verbose = true,
            b'a' => options.alerts = true,
            b'q' if dialect != Dialect::Ossec283 => options.quiet = true,
            b't' => options.test = true,
            b'd' => options.debug = true,
            b'U' => options.unit_test = Some(value),
            b'c' => options.configuration = Some(value),
            b'D' => options.home = Some(value),
            b'h' => return end(&help::help(dialect), dialect.help_status(), console),
            b'V' => return end(&help::version(dialect), dialect.help_status(), console),
            // User and group of 2.8.3: accepted and not used, there neither.
            _ if takes_value.contains(&letter) => {}
            _ => {
                mistake(program, "invalid option", letter, console)?;
                return end(&help::help(dialect), 1, console);
            }
        }
    }
    Ok(Wish::Run(options))
}

fn end(text: &str, status: u8, console: &mut Console<'_>) -> io::Result<Wish> {
    console.plain(text.as_bytes())?;
    Ok(Wish::End(status))
}

/// The C library's line about a wrong option.
fn mistake(program: &OsStr, what: &str, letter: u8, console: &mut Console<'_>) -> io::Result<()> {
    console.plain(program.as_encoded_bytes())?;
    console.plain(format!(": {what} -- '").as_bytes())?;
    console.plain(&[letter])?;
    console.plain(b"'\n")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::input::{Clock, Time};

    fn parse(arguments: &[&str], dialect: Dialect) -> (Wish, String) {
        let mut err = Vec::new();
        let mut console = Console::new(&mut err, Clock::new(Time::Fixed(0), TimeZone::UTC));
        let arguments = arguments.iter().map(OsString::from).collect();
        let wish = read(OsStr::new("./x"), arguments, dialect, &mut console).unwrap();
        (wish, String::from_utf8(err).unwrap())
    }

    fn options(arguments: &[&str]) -> Options {
        match parse(arguments, Dialect::Ossec43) {
            (Wish::Run(options), text) if text.is_empty() => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn forms() {
        let expected = Options {
            verbose: true,
            test: true,
            unit_test: Some("1:2:x".into()),
            configuration: Some("-a".into()),
            ..Options::default()
        };
        assert_eq!(options(&["-vtU1:2:x", "-c", "-a"]), expected);
        assert_eq!(
            options(&["-v", "word", "-tc-a", "-U", "1:2:x", "-"]),
            expected
        );
        assert_eq!(
            options(&["-tv", "-c", "-a", "-U1:2:x", "--", "-h"]),
            expected
        );
    }

    #[test]
    fn mistakes() {
        let (wish, text) = parse(&["-tz", "-h"], Dialect::Ossec43);
        assert_eq!(wish, Wish::End(1));
        assert!(
            text.starts_with("./x: invalid option -- 'z'\n \nOSSEC HIDS"),
            "{text}"
        );
        let (wish, text) = parse(&["--help"], Dialect::Ossec43);
        assert_eq!(wish, Wish::End(1));
        assert!(text.starts_with("./x: invalid option -- '-'\n"), "{text}");
        let (wish, text) = parse(&["-t", "-U"], Dialect::Ossec37);
        assert_eq!(wish, Wish::End(1));
        assert!(text.starts_with("./x: option requires an argument -- 'U'\n"));
    }

    #[test]
    fn versions() {
        assert_eq!(parse(&["-h"], Dialect::Ossec43).0, Wish::End(0));
        assert_eq!(parse(&["-V"], Dialect::Ossec37).0, Wish::End(1));
        assert_eq!(parse(&["-q"], Dialect::Ossec283).0, Wish::End(1));
        assert_eq!(parse(&["-u", "root"], Dialect::Ossec43).0, Wish::End(1));
        let old = parse(&["-u", "root", "-gwheel"], Dialect::Ossec283);
        assert_eq!(old, (Wish::Run(Options::default()), String::new()));
    }
}
