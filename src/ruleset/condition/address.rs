//! `<srcip>` and `<dstip>`: addresses and networks (`spec/rules.md` §8.2 and §11, `spec/wazuh.md`
//! §10.4).
//!
//! ```text
//! [!]any   [!]ADDRESS   [!]ADDRESS/PREFIX   [!]ADDRESS/NETMASK (2.8.3, Wazuh)
//! ```
//!
//! A rule's elements form one [`AddressList`]. How its entries are read, compared and combined is
//! data, one `AddressRules` per line of engines.

use std::net::Ipv6Addr;

use crate::diagnostic::{OriginalLine, Program};
use crate::dialect::Dialect;

use super::{Parsed, Problem, lossy};

/// What differs between the engines.
#[derive(Debug, PartialEq, Eq)]
struct AddressRules {
    /// IPv4 as the C library reads it (`10.5`, `0x7f.1`), else four numbers.
    short_forms: bool,
    /// IPv4 must be written with four numbers in a rule, whatever events may look like.
    dotted_entries: bool,
    ipv6: bool,
    netmask: bool,
    negation: Negation,
    /// An event's text that is no address counts as 255.255.255.255, the C library's error value;
    /// so `any` and prefix 0 hold for it, and negations. Otherwise nothing holds.
    text_is_all_ones: bool,
    /// Prefix 0 holds for the other family too.
    zero_prefix_holds_for_all: bool,
    /// An IPv6 entry whose first eight bytes are zero holds for every IPv4 address: the original
    /// reads it with the IPv4 layout.
    low_ipv6_holds_for_ipv4: bool,
    /// `::ffff:1.2.3.4` is the IPv4 address.
    mapped_is_ipv4: bool,
    /// The message names the text only up to the `/`.
    message_cut_at_slash: bool,
}

/// What `!` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Negation {
    /// The first hit says yes or no; without one it is the opposite of the last entry.
    OfEntry,
    /// Turns hits into "no" from there on, and "no hit" into "yes".
    Sticky,
    /// It is accepted and has no effect.
    Ignored,
}

static OSSEC: AddressRules = AddressRules {
    short_forms: true,
    dotted_entries: false,
    ipv6: true,
    netmask: false,
    negation: Negation::OfEntry,
    text_is_all_ones: false,
    zero_prefix_holds_for_all: true,
    low_ipv6_holds_for_ipv4: false,
    mapped_is_ipv4: false,
    message_cut_at_slash: false,
};

static OSSEC_283: AddressRules = AddressRules {
    dotted_entries: true,
    ipv6: false,
    netmask: true,
    negation: Negation::Sticky,
    text_is_all_ones: true,
    zero_prefix_holds_for_all: false,
    message_cut_at_slash: true,
    ..OSSEC
};

static WAZUH: AddressRules = AddressRules {
    short_forms: false,
    dotted_entries: true,
    netmask: true,
    negation: Negation::Ignored,
    zero_prefix_holds_for_all: false,
    low_ipv6_holds_for_ipv4: true,
    mapped_is_ipv4: true,
    ..OSSEC
};

impl Dialect {
    fn addresses(self) -> &'static AddressRules {
        match self {
            Dialect::Ossec283 => &OSSEC_283,
            Dialect::Ossec37 | Dialect::Ossec43 => &OSSEC,
            Dialect::Wazuh414 => &WAZUH,
        }
    }
}

/// An address, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Address {
    V4(u32),
    V6(u128),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Any,
    V4 { address: u32, mask: u32 },
    V6 { address: u128, mask: u128 },
}

/// One `<srcip>` or `<dstip>` element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressEntry {
    negated: bool,
    network: Network,
}

impl AddressEntry {
    /// Reads the text of one element. There are no blanks, host names or lists in it.
    pub fn parse(dialect: Dialect, text: &[u8]) -> Parsed<AddressEntry> {
        let rules = dialect.addresses();
        let (negated, rest) = match text {
            [b'!', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let offset = text.len() - rest.len();
        let negated = negated && rules.negation != Negation::Ignored;
        let invalid = |message: &str, from: usize, shown: &[u8]| {
            let line = format!("Invalid ip address: '{}'.", lossy(shown));
            Parsed::problem(Problem {
                message: format!("{message}: `{}`", lossy(text)),
                range: from..text.len(),
                original: vec![OriginalLine::error(Program::Analysisd, 1237, line)],
            })
        };
        if rest == b"any" {
            return Parsed::value(AddressEntry {
                negated,
                network: Network::Any,
            });
        }
        let slash = memchr::memchr(b'/', rest);
        let address = rules.address(&rest[..slash.unwrap_or(rest.len())], rules.dotted_entries);
        let Some(address) = address else {
            return invalid("this is not a numeric address", offset, text);
        };
        let network = match slash {
            None => Network::single(address),
            Some(slash) => match rules.network(address, &rest[slash + 1..]) {
                Some(network) => network,
                None => {
                    let shown = if rules.message_cut_at_slash {
                        &text[..offset + slash]
                    } else {
                        text
                    };
                    let what = "the prefix length does not fit the address";
                    return invalid(what, offset + slash + 1, shown);
                }
            },
        };
        Parsed::value(AddressEntry { negated, network })
    }
}

impl Network {
    fn single(address: Address) -> Network {
        match address {
            Address::V4(address) => Network::V4 {
                address,
                mask: u32::MAX,
            },
            Address::V6(address) => Network::V6 {
                address,
                mask: u128::MAX,
            },
        }
    }

    fn contains(self, rules: &AddressRules, address: Address) -> bool {
        match (self, address) {
            (Network::Any, _) => true,
            (Network::V4 { address, mask }, Address::V4(other)) => (address ^ other) & mask == 0,
            (Network::V6 { address, mask }, Address::V6(other)) => (address ^ other) & mask == 0,
            (Network::V4 { mask, .. }, Address::V6(_)) => {
                mask == 0 && rules.zero_prefix_holds_for_all
            }
            (Network::V6 { address, mask }, Address::V4(_)) => {
                (mask == 0 && rules.zero_prefix_holds_for_all)
                    || (rules.low_ipv6_holds_for_ipv4 && (address & mask) >> 64 == 0)
            }
        }
    }
}

/// All `<srcip>` (or all `<dstip>`) elements of one rule, in file order.
#[derive(Clone, Debug)]
pub struct AddressList {
    entries: Vec<AddressEntry>,
    rules: &'static AddressRules,
}

impl AddressList {
    /// The list of these entries.
    pub fn new(dialect: Dialect, entries: Vec<AddressEntry>) -> Self {
        AddressList {
            entries,
            rules: dialect.addresses(),
        }
    }

    /// Adds the next element of the rule.
    pub fn push(&mut self, entry: AddressEntry) {
        self.entries.push(entry);
    }

    /// Does the list hold for the decoded field? Never for an absent one.
    ///
    /// With Wazuh's `negate` attribute the caller negates the result, but not that of an absent
    /// field; a text that is no address then counts as "not in the list", so the condition holds.
    pub fn holds(&self, value: Option<&[u8]>) -> bool {
        let Some(value) = value else { return false };
        let address = match self.rules.address(value, false) {
            Some(address) => address,
            None if self.rules.text_is_all_ones => Address::V4(u32::MAX),
            None => return false,
        };
        let mut sense = true;
        for entry in &self.entries {
            sense = match self.rules.negation {
                Negation::OfEntry => !entry.negated,
                Negation::Sticky => sense && !entry.negated,
                Negation::Ignored => true,
            };
            if entry.network.contains(self.rules, address) {
                return sense;
            }
        }
        !sense
    }
}

impl AddressRules {
    fn address(&self, text: &[u8], dotted: bool) -> Option<Address> {
        if memchr::memchr(b':', text).is_some() {
            return self.ipv6.then(|| ipv6(text)).flatten().map(|address| {
                match address.to_ipv4_mapped() {
                    Some(mapped) if self.mapped_is_ipv4 => Address::V4(mapped.to_bits()),
                    _ => Address::V6(address.to_bits()),
                }
            });
        }
        let four = || text.iter().filter(|&&byte| byte == b'.').count() == 3;
        let address = match self.short_forms {
            true => short_ipv4(text).filter(|_| !dotted || four()),
            false => dotted_ipv4(text),
        };
        address.map(Address::V4)
    }

    fn network(&self, address: Address, prefix: &[u8]) -> Option<Network> {
        if self.netmask
            && let (Address::V4(address), Some(mask)) = (address, dotted_ipv4(prefix))
        {
            return Some(Network::V4 { address, mask });
        }
        // At most three bytes, so `/255.255.255.0` is refused where there are no netmasks.
        if prefix.is_empty() || prefix.len() > 3 {
            return None;
        }
        let bits = decimal(prefix)?;
        match address {
            Address::V4(address) if bits <= 32 => Some(Network::V4 {
                address,
                mask: u32::MAX.checked_shl(32 - bits).unwrap_or(0),
            }),
            Address::V6(address) if bits <= 128 => Some(Network::V6 {
                address,
                mask: u128::MAX.checked_shl(128 - bits).unwrap_or(0),
            }),
            _ => None,
        }
    }
}

/// Digits only, at least one.
fn decimal(text: &[u8]) -> Option<u32> {
    text.iter()
        .all(u8::is_ascii_digit)
        .then(|| std::str::from_utf8(text).ok()?.parse().ok())?
}

/// `1.2.3.4` with plain decimal numbers.
fn dotted_ipv4(text: &[u8]) -> Option<u32> {
    let mut parts = text.split(|&byte| byte == b'.');
    let mut address = 0;
    for _ in 0..4 {
        let part = parts.next().filter(|part| part.len() <= 3)?;
        address = address << 8 | decimal(part).filter(|&part| part <= 255)?;
    }
    parts.next().is_none().then_some(address)
}

/// The forms of the C library (`inet_aton`): one to four numbers, each decimal, octal (`0…`) or
/// hexadecimal (`0x…`); the last one fills all the bytes that are left. Nothing may follow.
fn short_ipv4(text: &[u8]) -> Option<u32> {
    let mut address: u64 = 0;
    let mut bytes_left = 4;
    let mut parts = text.split(|&byte| byte == b'.').peekable();
    while let Some(part) = parts.next() {
        let number = c_number(part)?;
        let bytes = if parts.peek().is_some() {
            1
        } else {
            bytes_left
        };
        if bytes_left == 0 || number >= 1 << (8 * bytes) {
            return None;
        }
        address = address << (8 * bytes) | number;
        bytes_left -= bytes;
    }
    // All four bytes are only filled by a last part; `1.2.3.4.` ends in an empty one.
    (bytes_left == 0).then_some(address as u32)
}

/// A number of C: `10`, `012`, `0xa`; at most 32 bits.
fn c_number(text: &[u8]) -> Option<u64> {
    let (digits, base) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] if !digits.is_empty() => (digits, 8),
        _ => (text, 10),
    };
    if digits.is_empty() || digits.first() == Some(&b'+') {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, base)
        .ok()
        .map(u64::from)
}

/// IPv6 in the usual text forms. A scope id (`fe80::1%eth0`) is refused: the C library would look
/// for the interface on the machine it runs on, and verdicts must not depend on that.
fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
