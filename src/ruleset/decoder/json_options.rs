//! What a decoder says about its `JSON_Decoder` (`spec/wazuh.md` §7.1).

/// `<json_null_field>`: what becomes of `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Nulls {
    /// A field with the text `null`.
    #[default]
    String,
    /// No field.
    Discard,
}

/// `<json_array_structure>`: what becomes of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Arrays {
    /// Its JSON text.
    #[default]
    Array,
    /// Its scalars with commas between them.
    Csv,
}
