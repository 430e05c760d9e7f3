//! Rows and columns. A page declares the columns; the table owns how they look and read.
use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// How a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest or oldest first.
    Ascending,
    /// Largest or newest first.
    Descending,
}

#[derive(Debug, Clone)]
struct Sorting {
    href: String,
    order: Option<Order>,
}

/// One column of a [`Table`].
#[derive(Debug, Clone)]
pub struct Column {
    title: String,
    class: Option<&'static str>,
    silent: bool,
    sorting: Option<Sorting>,
}

impl Column {
    /// A column of words.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), class: None, silent: false, sorting: None }
    }

    /// A column of numbers: aligned right.
    pub fn numeric(title: impl Into<String>) -> Self {
        Self { class: Some("numeric"), ..Self::new(title) }
    }

    /// A column of sentences: wraps on small screens as well.
    pub fn prose(title: impl Into<String>) -> Self {
        Self { class: Some("prose"), ..Self::new(title) }
    }

    /// A column of links and buttons, aligned right, whose title only screen readers get.
    pub fn actions(title: impl Into<String>) -> Self {
        Self { class: Some("numeric"), silent: true, ..Self::new(title) }
    }

    /// The title becomes a link to the list sorted by this column; `order` says how it is sorted now, if it is.
    #[must_use]
    pub fn sorted(mut self, href: impl Into<String>, order: Option<Order>) -> Self {
        self.sorting = Some(Sorting { href: href.into(), order });
        self
    }

    fn head(self) -> impl IntoView {
        let Self { title, class, silent, sorting } = self;
        let order = sorting.as_ref().map(|sorting| match sorting.order {
            Some(Order::Ascending) => "ascending",
            Some(Order::Descending) => "descending",
            None => "none",
        });
        let title = match sorting {
            Some(Sorting { href, order }) => {
                let icon = match order {
                    Some(Order::Ascending) => Icon::Up,
                    Some(Order::Descending) => Icon::Down,
                    None => Icon::Sort,
                };
                view! { <a href=href>{title}<Glyph icon /></a> }.into_any()
            }
            None if silent => view! { <span class="quiet">{title}</span> }.into_any(),
            None => title.into_any(),
        };
        view! { <th scope="col" class=class aria-sort=order>{title}</th> }
    }
}

/// A table. Without rows it is `empty`, whatever the page passed there, and no header.
///
/// The first cell of each row names it (`<th scope="row">`). Too wide for the screen, it scrolls in its own box.
#[component]
pub fn Table(
    /// What the rows are; shown unless `quiet`.
    #[prop(into)]
    caption: String,
    /// The columns.
    columns: Vec<Column>,
    /// The rows: as many cells each as there are columns.
    rows: Vec<Vec<AnyView>>,
    /// What stands in its place without rows: [`NothingYet`](super::NothingYet) or
    /// [`NothingMatches`](super::NothingMatches).
    #[prop(optional)]
    empty: Option<AnyView>,
    /// The heading above says it already: the caption is for screen readers only.
    #[prop(optional)]
    quiet: bool,
    /// More columns than fit a large screen: always scrolls in its own box.
    #[prop(optional)]
    wide: bool,
) -> AnyView {
    if rows.is_empty() {
        return empty.unwrap_or_else(|| view! { <p class="hint">"No rows."</p> }.into_any());
    }
    let classes: Vec<_> = columns.iter().map(|column| column.class).collect();
    let body = rows
        .into_iter()
        .map(|row| {
            debug_assert_eq!(row.len(), classes.len(), "a cell per column");
            let cells = row
                .into_iter()
                .zip(classes.iter().copied())
                .enumerate()
                .map(|(i, (cell, class))| body_cell(i == 0, class, cell))
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    let label = caption.clone();
    let heads = columns.into_iter().map(Column::head).collect_view();
    view! {
        <section class=if wide { "scroll wide" } else { "scroll" } role="group" tabindex="0" aria-label=label>
            <table class="table">
                <caption><span class=quiet.then_some("quiet")>{caption}</span></caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// A cell; without a class there is no attribute, as there are hundreds of cells.
fn body_cell(names_row: bool, class: Option<&'static str>, cell: AnyView) -> AnyView {
    match (names_row, class) {
        (true, None) => view! { <th scope="row">{cell}</th> }.into_any(),
        (true, Some(class)) => view! { <th scope="row" class=class>{cell}</th> }.into_any(),
        (false, None) => view! { <td>{cell}</td> }.into_any(),
        (false, Some(class)) => view! { <td class=class>{cell}</td> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: Vec<Vec<AnyView>>) -> String {
        let columns =
            vec![Column::new("Agent"), Column::numeric("Spent").sorted("?sort=spent", Some(Order::Descending))];
        let empty = view! { <p>"Nothing yet"</p> }.into_any();
        view! { <Table caption="Agents" columns rows empty /> }.to_html().replace("<!>", "")
    }

    #[test]
    fn headers_are_scoped_and_say_how_they_sort() {
        let html = table(vec![vec!["<b>Ada</b>".into_any(), "1.00".into_any()]]);
        assert!(html.contains("<th scope=\"col\" aria-sort=\"descending\" class=\"numeric\">"), "{html}");
        assert!(html.contains("<th scope=\"row\">&lt;b&gt;Ada&lt;/b&gt;</th>"), "{html}");
        assert!(html.contains("<td class=\"numeric\">1.00</td>"), "{html}");
    }

    #[test]
    fn without_rows_there_is_no_header_but_a_reason() {
        let html = table(vec![]);
        assert!(html.contains("Nothing yet") && !html.contains("<table"), "{html}");
    }
}
