//! The options that say which ruleset is meant, the same in every command. What they resolve to is
//! in `load.rs`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use crate::dialect::Dialect;

/// Which ruleset; with none of these options, the one that is part of the program.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Ruleset")]
pub(crate) struct RulesetArgs {
    /// Read the ruleset that this ossec.conf names. Without --root, the installation directory is
    /// the folder above `etc` if the file lies in a folder of that name, else the file's own folder
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Installation directory: paths of the configuration are below it. Without --config, the
    /// configuration is its etc/ossec.conf
    #[arg(short = 'D', long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) root: Option<PathBuf>,
    /// Read these files, and the .xml files of these folders in byte order of their names.
    /// Decoders and rules are told apart by their elements; a file that does not end in .xml is a
    /// CDB list. Several paths may follow: put `--` behind the last one
    #[arg(
        long,
        value_name = "PATH",
        num_args = 1..,
        conflicts_with_all = ["config", "root"],
        value_hint = ValueHint::AnyPath
    )]
    pub(crate) ruleset: Vec<PathBuf>,
    /// Read these files or folders too, behind the ruleset: local rules that name its ids, local
    /// decoders, CDB lists. May be given several times
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) add: Vec<PathBuf>,
    /// Engine to reproduce [default: detected by the ruleset]
    #[arg(long, value_name = "NAME", value_parser = dialects())]
    pub(crate) dialect: Option<Dialect>,
}

pub(super) fn dialects() -> impl TypedValueParser<Value = Dialect> {
    let newest_first = Dialect::ALL.iter().rev().map(|dialect| dialect.name());
    PossibleValuesParser::new(newest_first).try_map(|name| name.parse::<Dialect>())
}
