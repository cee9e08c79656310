//! How long callers waited, as the picture of docs/en/sip-host.md.

use std::fmt::Write as _;

/// What one host did: each call by its start in seconds and its wait in milliseconds.
pub struct Course<'a> {
    pub name: &'a str,
    pub calls: &'a [(f64, f64)],
}

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 470.0;
/// Of the part within the axes.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 880.0;
const TOP: f64 = 100.0;
const BOTTOM: f64 = 420.0;
const COLOURS: [&str; 3] = ["#0072b2", "#009e73", "#d55e00"];

/// The marks of the axis of waits, which is logarithmic.
const WAITS: [(f64, &str); 7] = [
    (0.01, "0.01 ms"),
    (0.1, "0.1 ms"),
    (1.0, "1 ms"),
    (10.0, "10 ms"),
    (100.0, "100 ms"),
    (1000.0, "1 s"),
    (10_000.0, "10 s"),
];

fn x(second: f64, seconds: f64) -> f64 {
    LEFT + second / seconds * (RIGHT - LEFT)
}

fn y(wait: f64) -> f64 {
    BOTTOM - (wait.max(0.01) * 100.0).log10() / 6.3 * (BOTTOM - TOP)
}

pub fn p99(calls: &[(f64, f64)]) -> f64 {
    let mut waits: Vec<_> = calls.iter().map(|call| call.1).collect();
    waits.sort_unstable_by(f64::total_cmp);
    waits[(waits.len() - 1) * 99 / 100]
}

fn axes(svg: &mut String, seconds: f64) {
    for (wait, name) in WAITS {
        let at = y(wait);
        let _ = writeln!(svg, "<path d='M{LEFT} {at:.1}H{RIGHT}' stroke='#ccc'/>");
        let (x, y) = (LEFT - 8.0, at + 5.0);
        let _ = writeln!(svg, "<text x='{x}' y='{y:.1}' text-anchor='end'>{name}</text>");
    }
    for second in (0..=seconds as usize).step_by(2) {
        let (x, y) = (x(second as f64, seconds), BOTTOM + 24.0);
        let _ = writeln!(svg, "<text x='{x:.1}' y='{y}' text-anchor='middle'>{second} s</text>");
    }
}

/// Each call is a dot: when it came, and how long it waited for its 200.
pub fn draw(courses: &[Course]) -> String {
    let starts = courses.iter().flat_map(|course| course.calls).map(|call| call.0);
    let seconds = starts.fold(1.0, f64::max).ceil();
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' \
         font-family='sans-serif' font-size='15'>\n<rect width='100%' height='100%' fill='white'/>\n"
    );
    axes(&mut svg, seconds);
    for (number, (course, colour)) in courses.iter().zip(COLOURS).enumerate() {
        let (line, wait) = (22.0 + 22.0 * number as f64, p99(course.calls));
        let _ = writeln!(
            svg,
            "<circle cx='{LEFT}' cy='{:.0}' r='5' fill='{colour}'/>\n\
             <text x='{}' y='{line}'>{} {wait:.1} ms</text>",
            line - 5.0,
            LEFT + 14.0,
            course.name
        );
        for (start, wait) in course.calls {
            let (x, y) = (x(*start, seconds), y(*wait));
            let radius = if course.calls.len() > 100 { 1.5 } else { 4.0 };
            let _ = writeln!(
                svg,
                "<circle cx='{x:.1}' cy='{y:.1}' r='{radius}' fill='{colour}' fill-opacity='.6'/>"
            );
        }
    }
    svg + "</svg>\n"
}
