//! What the events of a correlation have in common, as a set.

use std::ops::{BitOr, BitOrAssign};

use crate::ruleset::field::Field;

/// What two events of a correlation can be compared by (`spec/correlation.md` §3,
/// `spec/wazuh.md` §11.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Compared {
    /// The decoded id.
    Id,
    /// The source address.
    SrcIp,
    /// The destination address.
    DstIp,
    /// The source port.
    SrcPort,
    /// The destination port.
    DstPort,
    /// The source user.
    SrcUser,
    /// The destination user.
    DstUser,
    /// The host name in OSSEC, the location in Wazuh.
    Location,
    /// The protocol.
    Protocol,
    /// The action.
    Action,
    /// The url.
    Url,
    /// The data.
    Data,
    /// The extra data (Wazuh only).
    ExtraData,
    /// The status.
    Status,
    /// The system name.
    SystemName,
    /// Never known without GeoIP.
    SrcGeoip,
    /// Never known without GeoIP.
    DstGeoip,
}

impl Compared {
    /// The static field that it is, if it is one.
    pub fn field(self) -> Option<Field> {
        Some(match self {
            Compared::Id => Field::Id,
            Compared::SrcIp => Field::SrcIp,
            Compared::DstIp => Field::DstIp,
            Compared::SrcPort => Field::SrcPort,
            Compared::DstPort => Field::DstPort,
            Compared::SrcUser => Field::SrcUser,
            Compared::DstUser => Field::DstUser,
            Compared::Protocol => Field::Protocol,
            Compared::Action => Field::Action,
            Compared::Url => Field::Url,
            Compared::Data => Field::Data,
            Compared::ExtraData => Field::ExtraData,
            Compared::Status => Field::Status,
            Compared::SystemName => Field::SystemName,
            Compared::Location | Compared::SrcGeoip | Compared::DstGeoip => return None,
        })
    }

    /// How many there are.
    pub const COUNT: usize = 17;

    /// Every one, in the order of the enum.
    pub const ALL: [Compared; Compared::COUNT] = [
        Compared::Id,
        Compared::SrcIp,
        Compared::DstIp,
        Compared::SrcPort,
        Compared::DstPort,
        Compared::SrcUser,
        Compared::DstUser,
        Compared::Location,
        Compared::Protocol,
        Compared::Action,
        Compared::Url,
        Compared::Data,
        Compared::ExtraData,
        Compared::Status,
        Compared::SystemName,
        Compared::SrcGeoip,
        Compared::DstGeoip,
    ];
}

/// What two events of a correlation must have in common, or not (`spec/correlation.md` §3,
/// `spec/wazuh.md` §11.3). Dynamic fields have lists of their own, see [`super::Correlation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Switches(u64);

impl Switches {
    /// `global_frequency` (Wazuh only): events of all agents count.
    pub const GLOBAL_FREQUENCY: Switches = Switches(1 << 63);

    /// The `same_` element of this.
    pub const fn same(compared: Compared) -> Switches {
        Switches(1 << compared as u8)
    }

    /// The `different_` element of this.
    pub const fn different(compared: Compared) -> Switches {
        Switches(1 << (32 + compared as u8))
    }

    /// True if the switches of `other` are all on.
    pub fn contains(self, other: Switches) -> bool {
        self.0 & other.0 == other.0
    }

    /// True if no switch is on.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set without the switches of `other`.
    pub fn without(self, other: Switches) -> Switches {
        Switches(self.0 & !other.0)
    }
}

impl BitOr for Switches {
    type Output = Switches;

    fn bitor(self, other: Switches) -> Switches {
        Switches(self.0 | other.0)
    }
}

impl BitOrAssign for Switches {
    fn bitor_assign(&mut self, other: Switches) {
        self.0 |= other.0;
    }
}
