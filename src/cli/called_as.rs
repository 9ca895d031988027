//! The tools that the program is under the names of the originals.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use super::failure::Failure;

/// How a tool was started.
pub(super) struct Call {
    /// What the C library puts in front of its messages.
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
}

impl Call {
    /// Asked for by the name of the program, or, in tests, of the first argument; `None`: this is
    /// a call of something else.
    pub(super) fn of(name: &str, mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let program = arguments.next()?;
        let mut arguments: Vec<_> = arguments.collect();
        if Path::new(&program).file_name() != Some(OsStr::new(name)) {
            if arguments.first().is_none_or(|first| first != name) {
                return None;
            }
            arguments.remove(0);
        }
        Some(Call { program, arguments })
    }

    /// Runs the tool. It writes to standard error, and its errors are those of doing so.
    pub(super) fn run(self, tool: impl FnOnce(Call, &mut dyn Write) -> io::Result<u8>) -> ExitCode {
        let mut err = BufWriter::new(io::stderr().lock());
        let status = tool(self, &mut err).and_then(|status| {
            err.flush()?;
            Ok(status)
        });
        match status {
            Ok(status) => ExitCode::from(status),
            Err(error) => Failure::Output(error).report(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: &[&str]) -> Option<(OsString, Vec<OsString>)> {
        let call = Call::of("ossec-logtest", arguments.iter().map(OsString::from))?;
        Some((call.program, call.arguments))
    }

    #[test]
    fn names() {
        let link = "/var/ossec/bin/ossec-logtest";
        assert_eq!(call(&[link, "-t"]), Some((link.into(), vec!["-t".into()])));
        let hidden = call(&["./ossia", "ossec-logtest", "-v"]);
        assert_eq!(hidden, Some(("./ossia".into(), vec!["-v".into()])));
        assert_eq!(call(&["ossia", "logtest", "ossec-logtest"]), None);
        assert_eq!(call(&["ossia"]), None);
        assert_eq!(call(&[]), None);
    }
}
