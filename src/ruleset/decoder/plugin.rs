//! The plugin decoders by name (`spec/decoders.md` §8). What they do is in [`crate::engine::plugins`].

use crate::dialect::{Dialect, Family};

/// One of the plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plugin {
    /// `PF_Decoder`: the packet filter of OpenBSD.
    Pf,
    /// `SymantecWS_Decoder`: Symantec Web Security.
    SymantecWs,
    /// `SonicWall_Decoder`: SonicWall firewalls.
    SonicWall,
    /// `OSSECAlert_Decoder`: alerts of another OSSEC.
    OssecAlert,
    /// `JSON_Decoder`: every value of a JSON object (Wazuh only).
    Json,
}

impl Plugin {
    /// All of them.
    pub const ALL: [Plugin; 5] = [
        Plugin::Pf,
        Plugin::SymantecWs,
        Plugin::SonicWall,
        Plugin::OssecAlert,
        Plugin::Json,
    ];

    /// The plugins of an engine.
    pub fn of(dialect: Dialect) -> impl Iterator<Item = Plugin> {
        Plugin::ALL
            .into_iter()
            .filter(move |&plugin| plugin != Plugin::Json || dialect.family() == Family::Wazuh)
    }

    /// The plugin of that name, exact.
    pub fn from_name(dialect: Dialect, name: &[u8]) -> Option<Plugin> {
        Plugin::of(dialect).find(|plugin| plugin.name().as_bytes() == name)
    }

    /// The name in `<plugin_decoder>`.
    pub const fn name(self) -> &'static str {
        match self {
            Plugin::Pf => "PF_Decoder",
            Plugin::SymantecWs => "SymantecWS_Decoder",
            Plugin::SonicWall => "SonicWall_Decoder",
            Plugin::OssecAlert => "OSSECAlert_Decoder",
            Plugin::Json => "JSON_Decoder",
        }
    }
}
