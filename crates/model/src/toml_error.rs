//! What is wrong with a file that a person wrote in TOML.

/// One line: the place, what is wrong, and for an unknown key the nearest known one.
pub fn explain_toml(text: &str, error: &toml::de::Error) -> String {
    let place = error.span().map(|span| {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("line {line}, column {column}: ")
    });
    let message = error.message().lines().next().unwrap_or_default();
    let mut words = message.split('`').skip(1).step_by(2);
    let hint = match (message.starts_with("unknown field"), words.next()) {
        (true, Some(found)) => words
            .map(|known| (strsim::damerau_levenshtein(found, known), known))
            .min()
            .map(|(_, known)| format!("unknown key `{found}`, did you mean `{known}`?")),
        _ => None,
    };
    format!("{}{}", place.unwrap_or_default(), hint.unwrap_or_else(|| message.to_owned()))
}
