//! The page: a pure function from timings to HTML.

use std::{cmp::Reverse, fmt::Write as _, time::Duration};

use crate::{
    text::escaped,
    timings::{Bar, Outcome, Timings, Title},
};

/// How the page looks, in light and in dark.
const STYLE: &str = include_str!("page.css");

/// About how many seconds' marks an axis has.
const MARKS: f64 = 8.0;

/// The height of a row of bars, in pixels. The style knows it too.
const ROW: usize = 22;

/// The page of a run. It asks nobody for anything: what it shows is in it, and its policy forbids the rest.
pub fn page(title: &Title, timings: &Timings) -> String {
    let headline = escaped(&title.headline);
    format!(
        "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<meta name=\"color-scheme\" content=\"light dark\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<title>{headline}</title>
<style>
{STYLE}</style>
</head>
<body>
<h1>{headline}</h1>
{}<div class=\"chart\">
{}{}</div>
{}</body>
</html>
",
        summary(title, timings),
        axis(timings.total),
        lanes(timings),
        table(timings),
    )
}

/// When, how long, how it ended, and what the colours mean.
fn summary(title: &Title, timings: &Timings) -> String {
    let ended = match &title.failure {
        Some(failure) => format!("<strong class=\"bad\">{}</strong>", escaped(failure)),
        None => "done".to_owned(),
    };
    let took = seconds(timings.total);
    let began = escaped(&title.began);
    let legend = [
        Outcome::Done,
        Outcome::Cached,
        Outcome::Waited,
        Outcome::Tolerated,
        Outcome::Failed,
        Outcome::CutOff,
    ]
    .map(|it| format!("<span class=\"key {}\">{}</span>", class(it), words(it)));
    format!(
        "<p>{began}, {took} s, {ended}</p>\n<p class=\"legend\">{}</p>\n",
        legend.join(" ")
    )
}

/// Marks at round times.
fn axis(total: Duration) -> String {
    let step = round_step(total.as_secs_f64() / MARKS);
    let mut marks = String::new();
    let mut at = 0.0;
    while at <= total.as_secs_f64() {
        let left = share(Duration::from_secs_f64(at), total);
        // Writing to a string cannot fail.
        let _ = write!(
            marks,
            "<span class=\"mark\" style=\"left:{left}%\">{} s</span>",
            trimmed(at)
        );
        at += step;
    }
    format!(
        "<div class=\"lane axis\"><div class=\"name\"></div><div class=\"track\">{marks}</div></div>\n"
    )
}

/// The smallest of 1, 2 and 5 and their tens that is no smaller.
fn round_step(least: f64) -> f64 {
    let mut ten = 0.001;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if ten * factor >= least {
                return ten * factor;
            }
        }
        ten *= 10.0;
    }
}

/// A number without digits that say nothing.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn lanes(timings: &Timings) -> String {
    let phases: Vec<Vec<&Bar>> = vec![timings.phases.iter().collect()];
    let mut text = lane("phases", "phases", &phases, timings.total);
    for it in &timings.lanes {
        text += &lane(&it.name, "steps", &it.rows(), timings.total);
    }
    text
}

fn lane(name: &str, class: &str, rows: &[Vec<&Bar>], total: Duration) -> String {
    let name = escaped(name);
    let height = rows.len().max(1) * ROW;
    let mut bars = String::new();
    for (at, row) in rows.iter().enumerate() {
        for bar in row {
            bars += &shown(bar, at * ROW, total);
        }
    }
    format!(
        "<div class=\"lane {class}\"><div class=\"name\">{name}</div>\
         <div class=\"track\" style=\"height:{height}px\">\n{bars}</div></div>\n"
    )
}

fn shown(bar: &Bar, top: usize, total: Duration) -> String {
    let title = escaped(&bar.title);
    let (from, took) = (seconds(bar.start), seconds(bar.took));
    let (left, width) = (share(bar.start, total), share(bar.took, total));
    let (class, how) = (class(bar.outcome), words(bar.outcome));
    format!(
        "<div class=\"bar {class}\" style=\"left:{left}%;width:{width}%;top:{top}px\" \
         title=\"{title}: {took} s, from {from} s, {how}\">{title}</div>\n"
    )
}

/// Everything in words, the longest first, for those who look for what to make faster.
fn table(timings: &Timings) -> String {
    let lanes = timings.lanes.iter();
    let mut all: Vec<(&str, &Bar)> = lanes
        .flat_map(|lane| lane.bars.iter().map(|bar| (lane.name.as_str(), bar)))
        .collect();
    all.sort_by_key(|(_, bar)| Reverse(bar.took));
    let rows = all.iter().map(|(lane, bar)| {
        format!(
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{}</td><td>{}</td></tr>\n",
            class(bar.outcome),
            escaped(lane),
            escaped(phase_of(timings, bar)),
            escaped(&bar.title),
            seconds(bar.start),
            seconds(bar.took),
            words(bar.outcome),
        )
    });
    format!(
        "<table>\n<thead><tr><th>where</th><th>phase</th><th>step</th><th>from, s</th><th>took, s</th><th></th></tr></thead>\n\
         <tbody>\n{}</tbody>\n</table>\n",
        rows.collect::<String>()
    )
}

/// The phase in which something began; nothing before the first one and between two.
fn phase_of<'a>(timings: &'a Timings, bar: &Bar) -> &'a str {
    let mut phases = timings.phases.iter();
    let phase = phases.find(|it| it.start <= bar.start && bar.start <= it.end());
    phase.map_or("", |it| it.title.as_str())
}

/// Percent of the run, with digits enough for a wide screen.
fn share(part: Duration, total: Duration) -> String {
    if total.is_zero() {
        return "0".to_owned();
    }
    trimmed((part.as_secs_f64() / total.as_secs_f64() * 100.0).clamp(0.0, 100.0))
}

fn seconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64())
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Cached => "cached",
        Outcome::Waited => "waited",
        Outcome::Tolerated => "tolerated",
        Outcome::Failed => "failed",
        Outcome::CutOff => "cut",
    }
}

fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Cached => "from the cache",
        Outcome::Waited => "waited",
        Outcome::Tolerated => "failed, and the run goes on",
        Outcome::Failed => "failed",
        Outcome::CutOff => "cut off",
    }
}

#[cfg(test)]
mod tests;
