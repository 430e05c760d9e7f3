//! From shapes to SVG. Nothing is computed here.
use super::geometry::{Block, HEIGHT, Plot};
use crate::ui::{
    icon::{Glyph, Icon},
    slug,
    table::{Column, Table},
};
use leptos::prelude::*;

/// A name for a series, shown when a chart has more than one. Each has its own dash as well as its colour.
#[derive(Debug, Clone)]
pub struct Legend {
    /// What the series is.
    pub label: String,
}

/// How each series is told apart: the first line is whole, the others dashed.
const SERIES: [&str; 3] = ["series-1", "series-2", "series-3"];

fn shape(plot: &Plot, series: &'static str, dashed: bool) -> AnyView {
    let line = if dashed { "line dashed" } else { "line" };
    let intervals = plot.intervals.iter().map(|d| view! { <path class="interval" d=d.clone()></path> }).collect_view();
    let lines = plot.lines.iter().map(|d| view! { <path class=line d=d.clone()></path> }).collect_view();
    let dots = plot
        .dots
        .iter()
        .map(|dot| view! { <circle class="dot" cx=dot.x.clone() cy=dot.y.clone() r="3"></circle> })
        .collect_view();
    let bars = plot.bars.iter().map(|bar| rect(bar.clone(), "bar", "1.5")).collect_view();
    view! {
        <g class=series>
            <svg viewBox=format!("0 0 100 {HEIGHT}") width="100%" height=HEIGHT.to_string() preserveAspectRatio="none">
                {intervals}
                {lines}
            </svg>
            {bars}
            {dots}
        </g>
    }
    .into_any()
}

fn rect(block: Block, class: &'static str, rx: &'static str) -> AnyView {
    let Block { x, y, width, height, words } = block;
    view! {
        <rect class=class x=x y=y width=width height=height rx=rx>
            <title>{words}</title>
        </rect>
    }
    .into_any()
}

/// A chart with its table. The plots share one frame: that of the first.
#[component]
pub fn Chart(
    /// What is drawn: "Decline rate, last 24 hours". Unique on its page.
    #[prop(into)]
    name: String,
    /// The same in a sentence: "Between 1.2 and 4.0 percent, highest at 14:00".
    #[prop(into)]
    says: String,
    /// From [`line_plots`](super::line_plots) or [`bar_plot`](super::bar_plot), on one scale; at most three.
    plots: Vec<Plot>,
    /// A name per plot; needed when there is more than one.
    #[prop(optional)]
    legend: Vec<Legend>,
    /// Columns of the table beneath.
    columns: Vec<Column>,
    /// Rows of the table beneath: every value of the chart.
    rows: Vec<Vec<AnyView>>,
) -> AnyView {
    let id = format!("c-{}", slug(&name));
    let (title_id, says_id) = (format!("{id}-name"), format!("{id}-says"));
    let labelled = format!("{title_id} {says_id}");
    let first = plots.first().cloned().unwrap_or_default();
    let lines = first
        .grid
        .iter()
        .map(|grid| {
            let class = if grid.base { "base-line" } else { "grid-line" };
            view! { <line class=class x1="0" x2="100%" y1=grid.y.clone() y2=grid.y.clone()></line> }
        })
        .collect_view();
    let gutter = first.gutter.clone();
    let values = first
        .grid
        .into_iter()
        .map(|grid| view! { <text x="100%" dx="-8" y=grid.words_y text-anchor="end">{grid.label}</text> })
        .collect_view();
    let foot = first
        .foot
        .into_iter()
        .map(|foot| {
            let class = foot.alternate.then_some("alternate");
            view! { <text class=class x=foot.x y=foot.y text-anchor=foot.anchor>{foot.label}</text> }
        })
        .collect_view();
    let targets = first.targets.into_iter().map(|target| rect(target, "target", "0")).collect_view();
    let shapes =
        plots.iter().zip(SERIES).enumerate().map(|(i, (plot, series))| shape(plot, series, i > 0)).collect_view();
    let legend = (!legend.is_empty()).then(|| {
        let entries = legend
            .into_iter()
            .zip(SERIES)
            .enumerate()
            .map(|(i, (entry, series))| {
                let line = if i > 0 { "line dashed" } else { "line" };
                view! {
                    <li class=series>
                        <svg viewBox="0 0 20 12" aria-hidden="true"><path class=line d="M1 6h18"></path></svg>
                        {entry.label}
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="legend">{entries}</ul> }
    });
    let caption = format!("{name}: values");
    view! {
        <figure class="chart">
            <figcaption>{says.clone()}</figcaption>
            {legend}
            <div class="plot-box">
                <svg class="axis" width=gutter aria-hidden="true">
                    {values}
                </svg>
                <svg class="plot" role="img" aria-labelledby=labelled>
                    <title id=title_id>{name}</title>
                    <desc id=says_id>{says}</desc>
                    {lines}
                    {shapes}
                    {foot}
                    {targets}
                </svg>
            </div>
            <details>
                <summary><Glyph icon=Icon::Right />"Show as table"</summary>
                <Table caption columns rows quiet=true wide=true />
            </details>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_a_name_a_sentence_and_a_table() {
        let rows = vec![vec!["14:00".into_any(), "3.1 %".into_any()]];
        let columns = vec![Column::new("Hour"), Column::numeric("Rate")];
        let html = view! { <Chart name="Decline rate" says="About <3 percent." plots=vec![] columns rows /> }
            .to_html()
            .replace("<!>", "");
        assert!(html.contains("role=\"img\" aria-labelledby=\"c-decline-rate-name c-decline-rate-says\""), "{html}");
        assert!(html.contains("<title id=\"c-decline-rate-name\">Decline rate</title>"), "{html}");
        assert!(html.contains("<desc id=\"c-decline-rate-says\">About &lt;3 percent.</desc>"), "{html}");
        assert!(html.contains("<th scope=\"row\">14:00</th>"), "{html}");
        assert!(!html.contains("style="));
    }
}
