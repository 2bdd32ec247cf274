//! A badge: the verdict in one line, as an SVG image.

use super::run::{Run, Verdict};

/// Draws a run as a badge.
pub fn to_badge(run: &Run) -> String {
    let counts = run.counts();
    let (colour, words) = match run.verdict() {
        Verdict::Passed => ("#1a7f37", format!("{} passed", counts.passed)),
        Verdict::PassedWithGaps => {
            let gaps = counts.skipped + counts.expected_failures;
            ("#9a6700", format!("{} passed, {gaps} not shown", counts.passed))
        }
        Verdict::Failed if counts.failed == 0 => ("#c62828", "expected failures don't hold".to_owned()),
        Verdict::Failed => ("#c62828", format!("{} failed, {} passed", counts.failed, counts.passed)),
        Verdict::Unknown => ("#57606a", "no verdict".to_owned()),
    };
    draw("OBN CA conformance", colour, &words)
}

pub(crate) fn draw(label: &str, colour: &str, words: &str) -> String {
    // Letters of this face are some 6.6 units wide at 11 units.
    let width = |text: &str| text.chars().count() * 66 / 10 + 12;
    let (left, right) = (width(label), width(words));
    let whole = left + right;
    let (middle_left, middle_right) = (left / 2, left + right / 2);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{label}: {words}">
<title>{label}: {words}</title>
<clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#24292f"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="{middle_left}" y="14">{label}</text><text x="{middle_right}" y="14">{words}</text></g>
</svg>
"##
    )
}
