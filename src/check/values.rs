//! Addresses and networks.

use super::context::{Context, WrittenRule, is};
use super::finding::{Draft, Output};
use super::registry::{Check, check};
use crate::ast;

pub(super) const CHECKS: &[Check] = &[
    check!(
        651 "address-negation", ERROR, Wazuh,
        "a `!` in front of an address has no effect",
        "Wazuh 4 reads and drops the `!`: `<srcip>!10.0.0.1</srcip>` holds for exactly this address. Write \
         `<srcip negate=\"yes\">10.0.0.1</srcip>`.",
        Rule(negation)
    ),
    check!(
        652 "address-exception-last", WARNING, Ossec,
        "a negated address at the end makes the list hold for all others",
        "The addresses of a rule are one list, and where none of them is the event's the result is the \
         opposite of the last entry: `10.1.2.3` and `!10.1.2.77` hold for every address but the second. \
         Write the exception first.",
        Rule(exception_last)
    ),
    check!(
        653 "low-ipv6", WARNING, Wazuh,
        "an IPv6 address that begins with zeros also holds for all of IPv4",
        "Wazuh reads the entry as if it were IPv4, whose mask then is 0. So `::1` and `::/0` hold for every \
         IPv4 address.",
        Rule(low_ipv6)
    ),
    check!(
        654 "host-bits", INFO, All,
        "a network has bits beyond its prefix",
        "The bits behind the prefix are not compared: `10.1.2.3/8` is all of `10.0.0.0/8`.",
        Rule(host_bits)
    ),
];

/// The address elements of a rule.
fn addresses<'a>(rule: &WrittenRule<'a>) -> impl Iterator<Item = &'a ast::Element> {
    let elements = rule.ast.elements.iter();
    elements.filter(|element| is(&element.name, "srcip") || is(&element.name, "dstip"))
}

fn negation(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in addresses(rule) {
        let text = &element.content;
        if text.bytes().starts_with(b"!") {
            output.push(
                Draft::new(format!("`!` does not negate in `{}`", element.name.lossy()))
                    .at(text.span_of(0..1), "dropped: the address must be equal")
                    .help("write `negate=\"yes\"`"),
            );
        }
    }
}

fn exception_last(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for name in ["srcip", "dstip"] {
        let entries: Vec<_> = rule.elements(name).collect();
        let negated = |element: &&ast::Element| element.content.bytes().starts_with(b"!");
        let (Some(last), Some(wanted)) =
            (entries.last(), entries.iter().find(|entry| !negated(entry)))
        else {
            continue;
        };
        if negated(last) {
            output.push(
                Draft::new(format!(
                    "the `{name}` list of rule `{}` holds for all other addresses",
                    rule.sid()
                ))
                .at(last.content.span(), "decides where nothing fits")
                .at(wanted.content.span(), "changes nothing")
                .help("write the exceptions first"),
            );
        }
    }
}

fn low_ipv6(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in addresses(rule) {
        let text = element.content.lossy();
        let text = text.trim_start_matches('!');
        let address = text.split('/').next().unwrap_or(text);
        let Ok(address) = address.parse::<std::net::Ipv6Addr>() else {
            continue;
        };
        let low = u128::from(address) >> 64 == 0 && address.to_ipv4_mapped().is_none();
        if low {
            output.push(
                Draft::new(format!("`{text}` also holds for every IPv4 address"))
                    .at(element.content.span(), "its first eight bytes are zero")
                    .help("test the address with a pattern, or leave it out"),
            );
        }
    }
}

fn host_bits(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in addresses(rule) {
        let text = element.content.lossy();
        let text = text.trim_start_matches('!');
        let Some((address, prefix)) = text.split_once('/') else {
            continue;
        };
        let (Ok(address), Ok(prefix)) =
            (address.parse::<std::net::Ipv4Addr>(), prefix.parse::<u32>())
        else {
            continue;
        };
        let mask = match prefix {
            0 => 0,
            1..=32 => u32::MAX << (32 - prefix),
            _ => continue,
        };
        let network = u32::from(address) & mask;
        if network != u32::from(address) {
            let network = std::net::Ipv4Addr::from(network);
            output.push(
                Draft::new(format!("`{text}` is the network `{network}/{prefix}`"))
                    .at(
                        element.content.span(),
                        "bits beyond the prefix are not compared",
                    )
                    .help(format!("write `{network}/{prefix}`, or a longer prefix")),
            );
        }
    }
}
