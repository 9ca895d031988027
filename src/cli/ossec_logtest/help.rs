//! The texts of `-h` and `-V` (`spec/output.md` §2.6). Both go to standard error.

use crate::dialect::Dialect;

/// Where the original is installed if nobody says otherwise.
pub(super) const PREFIX: &str = "/var/ossec";

/// The configuration if nobody says otherwise.
pub(super) const CONFIGURATION: &str = "/var/ossec/etc/ossec.conf";

impl Dialect {
    /// What the tool calls itself. The sources of 4.3 were never given its number.
    fn tool_version(self) -> &'static str {
        match self {
            Dialect::Ossec283 => "v2.8.3",
            Dialect::Ossec37 => "v3.7.0",
            Dialect::Ossec43 | Dialect::Wazuh414 => "v4.2.0",
        }
    }

    /// Exit status of `-h` and `-V`.
    pub(super) fn help_status(self) -> u8 {
        match self {
            Dialect::Ossec283 | Dialect::Ossec37 => 1,
            Dialect::Ossec43 | Dialect::Wazuh414 => 0,
        }
    }
}

/// `-h`, and what follows an unknown option.
pub(super) fn help(dialect: Dialect) -> String {
    let version = dialect.tool_version();
    format!(
        " \n\
OSSEC HIDS {version} - OSSEC Foundation (contact@ossec.net)
https://www.ossec.net
  ossec-testrule: -[Vhdtva] [-c config] [-D dir] [-U rule:alert:decoder]
    -V          Version and license message
    -h          This help message
    -d          Execute in debug mode. This parameter
                can be specified multiple times
                to increase the debug level.
    -t          Test configuration
    -a          Alerts output
    -v          Verbose (full) output/rule debugging
    -c <config> Configuration file to use (default: {CONFIGURATION})
    -D <dir>    Directory to chroot into (default: {PREFIX})
    -U <rule:alert:decoder>  Unit test. Refer to contrib/ossec-testing/runtests.py
 \n"
    )
}

/// `-V`: the first line is what scripts read. The licence is ours, so the three lines about it are.
pub(super) fn version(dialect: Dialect) -> String {
    let version = dialect.tool_version();
    let own = env!("CARGO_PKG_VERSION");
    format!(
        " \n\
OSSEC HIDS {version} - OSSEC Foundation
 \n\
This is ossia {own}, which does what OSSEC's tool of this name does. It is no part of OSSEC.
ossia is free software under the MIT or the Apache 2.0 licence, at your choice.
It comes without any warranty. About the licence of OSSEC itself:
http://www.ossec.net/main/license/

"
    )
}
