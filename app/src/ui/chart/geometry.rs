//! From values to shapes. Across in percent of the width, down in pixels: a chart grows sideways with its page
//! while its words keep their size.
use super::scale::{Linear, Tick, Unit, time_ticks, value_ticks};
use chrono_tz::Tz;
use std::fmt::Write as _;

/// Height of the plot in pixels, without the words under it.
pub const HEIGHT: f64 = 176.0;
/// Room above the highest tick.
const TOP: f64 = 8.0;
/// Where the words under the plot stand.
const WORDS: f64 = HEIGHT + 18.0;

/// A share in a span of time. Without a `value` (nothing happened) the line has a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// Start of the span, epoch milliseconds.
    pub at: i64,
    /// The value.
    pub value: Option<f64>,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
    /// What a pointer over it reads: "12 Nov, 14:00: 3.1 % (4 of 129)".
    pub words: String,
}

/// An amount in a span of time, for bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Start of the span, epoch milliseconds.
    pub at: i64,
    /// The amount; negative ones are drawn as zero.
    pub value: f64,
    /// What a pointer over it reads.
    pub words: String,
}

/// A horizontal line with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Pixels from the top.
    pub y: String,
    /// Where its words stand, in the column beside the plot.
    pub words_y: String,
    /// The words.
    pub label: String,
    /// This is zero.
    pub base: bool,
}

/// Words under the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Foot {
    /// `12.5%`.
    pub x: String,
    /// Pixels from the top.
    pub y: String,
    /// `text-anchor`, so that the first and last words stay inside.
    pub anchor: &'static str,
    /// Left out on small screens.
    pub alternate: bool,
    /// The words.
    pub label: String,
}

/// A rectangle: `x` and `width` in percent, `y` and `height` in pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// From the left.
    pub x: String,
    /// From the top.
    pub y: String,
    /// Across.
    pub width: String,
    /// Down.
    pub height: String,
    /// What a pointer over it reads.
    pub words: String,
}

/// A point that stands alone between gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// From the left.
    pub x: String,
    /// From the top.
    pub y: String,
}

/// Everything there is to draw, already written as SVG wants it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plot {
    /// Width in pixels of the column for the words of the grid.
    pub gutter: String,
    /// Horizontal lines.
    pub grid: Vec<Grid>,
    /// Words beneath.
    pub foot: Vec<Foot>,
    /// Areas of the interval, as path data in a box 100 wide and [`HEIGHT`] high.
    pub intervals: Vec<String>,
    /// Lines, as path data in the same box.
    pub lines: Vec<String>,
    /// Points without neighbours.
    pub dots: Vec<Dot>,
    /// Bars.
    pub bars: Vec<Block>,
    /// Invisible columns over each value that tell its words.
    pub targets: Vec<Block>,
}

fn percent(x: f64) -> String {
    format!("{x:.2}%")
}

fn pixels(y: f64) -> String {
    format!("{y:.1}")
}

/// What both kinds of chart share: scales, grid and words.
struct Frame {
    x: Linear,
    y: Linear,
    plot: Plot,
}

fn frame(span: (i64, i64), zone: Tz, max: f64, unit: &Unit) -> Frame {
    let ticks = value_ticks(max, 4, unit);
    let top = ticks.last().map_or(1.0, |tick| tick.at);
    let x = Linear::new((span.0 as f64, span.1 as f64), (0.0, 100.0));
    let y = Linear::new((0.0, top), (HEIGHT, TOP));
    // Digits are about 6 pixels wide at the size of the style sheet.
    let gutter = ticks.iter().map(|tick| tick.label.chars().count()).max().unwrap_or(0) as f64 * 6.2 + 8.0;
    let grid = ticks
        .into_iter()
        .map(|Tick { at, label }| {
            let y = y.at(at);
            Grid { y: pixels(y), words_y: pixels(y + 4.0), label, base: at == 0.0 }
        })
        .collect();
    let foot = time_ticks(span.0, span.1, zone, 7)
        .into_iter()
        .enumerate()
        .map(|(i, Tick { at, label })| {
            let x = x.at(at);
            let anchor = match x {
                x if x < 5.0 => "start",
                x if x > 95.0 => "end",
                _ => "middle",
            };
            Foot { x: percent(x), y: pixels(WORDS), anchor, alternate: i % 2 == 1, label }
        })
        .collect();
    Frame { x, y, plot: Plot { gutter: pixels(gutter), grid, foot, ..Plot::default() } }
}

/// The columns between the middles of neighbouring values, one per value, covering the width without overlap.
fn targets(places: &[f64], words: impl Iterator<Item = String>) -> Vec<Block> {
    let middle = |a: f64, b: f64| f64::midpoint(a, b);
    words
        .enumerate()
        .map(|(i, words)| {
            let left = if i == 0 { 0.0 } else { middle(places[i - 1], places[i]) };
            let right = places.get(i + 1).map_or(100.0, |next| middle(places[i], *next));
            Block {
                x: percent(left),
                y: pixels(0.0),
                width: percent((right - left).max(0.0)),
                height: pixels(HEIGHT),
                words,
            }
        })
        .collect()
}

/// One line over `span` (epoch milliseconds): see [`line_plots`].
pub fn line_plot(points: Vec<Rate>, span: (i64, i64), zone: Tz, unit: &Unit) -> Plot {
    line_plots(vec![points], span, zone, unit).pop().unwrap_or_default()
}

/// Lines over `span` (epoch milliseconds) on one scale. Points in order of time; a point without value leaves a gap,
/// and a point between two gaps becomes a dot.
pub fn line_plots(series: Vec<Vec<Rate>>, span: (i64, i64), zone: Tz, unit: &Unit) -> Vec<Plot> {
    let largest = series
        .iter()
        .flatten()
        .flat_map(|point| [point.value, point.interval.map(|(_, high)| high).filter(|_| point.value.is_some())])
        .flatten()
        .fold(0.0, f64::max);
    series.into_iter().map(|points| line(points, frame(span, zone, largest, unit))).collect()
}

fn line(points: Vec<Rate>, frame: Frame) -> Plot {
    let Frame { x, y, mut plot } = frame;
    for run in points.chunk_by(|a, b| a.value.is_some() && b.value.is_some()) {
        let places: Vec<_> = run.iter().filter_map(|point| Some((x.at(point.at as f64), y.at(point.value?)))).collect();
        match places.as_slice() {
            [] => {}
            [(x, y)] => plot.dots.push(Dot { x: percent(*x), y: pixels(*y) }),
            places => plot.lines.push(path(places.iter().copied())),
        }
        if places.len() > 1 && run.iter().all(|point| point.interval.is_some()) {
            let edge = |end: fn((f64, f64)) -> f64| {
                run.iter().filter_map(move |point| Some((x.at(point.at as f64), y.at(end(point.interval?)))))
            };
            let outline = edge(|interval| interval.1).chain(edge(|interval| interval.0).rev());
            plot.intervals.push(path(outline) + "Z");
        }
    }
    let places: Vec<_> = points.iter().map(|point| x.at(point.at as f64)).collect();
    plot.targets = targets(&places, points.into_iter().map(|point| point.words));
    plot
}

/// Bars from zero over `span` (epoch milliseconds), each `width` milliseconds wide less a gap.
pub fn bar_plot(buckets: Vec<Bucket>, width: i64, span: (i64, i64), zone: Tz, unit: &Unit) -> Plot {
    let largest = buckets.iter().map(|bucket| bucket.value).fold(0.0, f64::max);
    let Frame { x, y, mut plot } = frame(span, zone, largest, unit);
    plot.bars = buckets
        .into_iter()
        .map(|bucket| {
            let left = x.at(bucket.at as f64);
            let right = x.at(bucket.at.saturating_add(width) as f64);
            let gap = (right - left) * 0.12;
            let top = y.at(bucket.value);
            Block {
                x: percent(left + gap),
                y: pixels(top),
                width: percent((right - left - 2.0 * gap).max(0.0)),
                height: pixels(HEIGHT - top),
                words: bucket.words,
            }
        })
        .collect();
    plot
}

fn path(places: impl Iterator<Item = (f64, f64)>) -> String {
    let mut data = String::new();
    for (i, (x, y)) in places.enumerate() {
        let _infallible = write!(data, "{}{x:.2} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    fn rate(i: usize, value: Option<f64>) -> Rate {
        let interval = value.map(|value| ((value - 0.1).max(0.0), (value + 0.1).min(1.0)));
        Rate { at: i as i64 * HOUR, value, interval, words: String::new() }
    }

    fn plot(values: &[Option<f64>]) -> Plot {
        let points = values.iter().enumerate().map(|(i, value)| rate(i, *value)).collect();
        line_plot(points, (0, values.len() as i64 * HOUR), Tz::UTC, &Unit::Share)
    }

    #[test]
    fn nothing_happened_is_a_gap_and_not_a_zero() {
        let plot = plot(&[Some(0.1), Some(0.2), None, Some(0.3), None, Some(0.1), Some(0.0)]);
        assert_eq!(plot.lines.len(), 2);
        assert_eq!(plot.dots.len(), 1);
        assert_eq!(plot.intervals.len(), 2);
        assert_eq!(plot.targets.len(), 7);
    }

    #[test]
    fn no_values_at_all_is_still_a_frame() {
        let plot = plot(&[None, None, None]);
        assert!(plot.lines.is_empty() && plot.dots.is_empty() && plot.intervals.is_empty());
        assert_eq!(plot.grid.iter().filter(|line| line.base).count(), 1);
        assert_eq!(super::line_plot(vec![], (0, 0), Tz::UTC, &Unit::Share).foot, vec![]);
    }

    #[test]
    fn a_line_goes_from_edge_to_edge() {
        let points = vec![rate(0, Some(0.0)), rate(1, Some(1.0))];
        let plot = line_plot(points, (0, HOUR), Tz::UTC, &Unit::Share);
        assert_eq!(plot.lines, ["M0.00 176.0L100.00 8.0"]);
    }

    #[test]
    fn lines_beside_each_other_share_their_scale() {
        let series = vec![vec![rate(0, Some(0.1)), rate(1, Some(0.1))], vec![rate(0, Some(0.9)), rate(1, Some(0.9))]];
        let plots = line_plots(series, (0, HOUR), Tz::UTC, &Unit::Share);
        assert_eq!(plots[0].grid, plots[1].grid);
        assert_ne!(plots[0].lines, plots[1].lines);
    }

    fn number(text: &str) -> f64 {
        text.trim_end_matches('%').parse().unwrap()
    }

    proptest! {
        #[test]
        fn bars_stand_on_zero_and_inside(values in prop::collection::vec(-5.0_f64..1e7, 1..60)) {
            let span = (0, values.len() as i64 * HOUR);
            let buckets = values.iter().enumerate()
                .map(|(i, value)| Bucket { at: i as i64 * HOUR, value: *value, words: String::new() }).collect();
            let plot = bar_plot(buckets, HOUR, span, Tz::UTC, &Unit::Count);
            prop_assert_eq!(plot.bars.len(), values.len());
            for (bar, value) in plot.bars.iter().zip(values) {
                prop_assert!((number(&bar.y) + number(&bar.height) - HEIGHT).abs() < 0.2, "stands on zero");
                prop_assert!(number(&bar.x) >= 0.0 && number(&bar.x) + number(&bar.width) <= 100.01);
                prop_assert!(number(&bar.y) >= TOP - 0.1);
                prop_assert!(value > 0.0 || number(&bar.height) == 0.0);
            }
        }

        #[test]
        fn every_value_is_drawn_once(values in prop::collection::vec(prop::option::of(0.0_f64..=1.0), 0..60)) {
            let plot = plot(&values);
            let corners: usize = plot.lines.iter().map(|d| d.matches(['M', 'L']).count()).sum();
            prop_assert_eq!(corners + plot.dots.len(), values.iter().flatten().count());
        }

        #[test]
        fn targets_tile_the_width(n in 1_usize..100) {
            let plot = plot(&vec![Some(0.5); n]);
            let covered: f64 = plot.targets.iter().map(|target| number(&target.width)).sum();
            prop_assert!((covered - 100.0).abs() < 0.6);
        }
    }
}
