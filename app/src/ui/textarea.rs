//! An entry of several lines.
use super::field::{described_by, field_id, hint_line, optional_mark, refusal_line};
use leptos::prelude::*;

/// Several lines of text.
///
/// Leptos 0.8 writes the children of `<textarea>` as they are, so this component encodes them itself.
#[component]
pub fn TextArea(
    /// Name in the form.
    #[prop(into)]
    name: String,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// What was typed.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
    /// Why it was refused.
    #[prop(optional_no_strip, into)]
    refusal: Option<String>,
    /// How to fill it in.
    #[prop(optional, into)]
    hint: Option<String>,
    /// May stay empty; says so.
    #[prop(optional)]
    optional: bool,
    /// Height in lines.
    #[prop(default = 4)]
    rows: u32,
) -> AnyView {
    let id = field_id(&name);
    let describes = described_by(&id, hint.is_some(), refusal.is_some());
    let invalid = refusal.is_some().then_some("true");
    // A parser drops the first line break of a textarea: ours goes first, so that the writer's stays.
    let text = value.map(|value| format!("\n{}", html_escape::encode_text(&value)));
    view! {
        <div class="field">
            <label for=id.clone()>{label}{optional_mark(optional)}</label>
            {hint_line(&id, hint)}
            {refusal_line(&id, refusal)}
            <textarea class="control" id=id.clone() name=name rows=rows.to_string() aria-describedby=describes aria-invalid=invalid>
                {text}
            </textarea>
        </div>
    }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let html =
            view! { <TextArea name="note" label="Note" value="</textarea><script>alert(1)</script>".to_owned() /> }
                .to_html();
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("\n&lt;/textarea&gt;&lt;script&gt;"), "encoded once: {html}");
        assert_eq!(html.matches("</textarea>").count(), 1);
    }

    #[test]
    fn nothing_typed_is_nothing_shown() {
        let html = view! { <TextArea name="note" label="Note" /> }.to_html().replace("<!>", "");
        assert!(html.contains("></textarea>"), "{html}");
    }
}
