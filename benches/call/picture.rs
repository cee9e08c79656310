//! Draws how the times of calls are distributed: for each peer, which share of its calls had
//! ended after so long.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::rounds::Series;
use super::support::figures::quantile;

const SIZE: (u32, u32) = (1000, 880);
/// Microseconds; at the right end is the legend's place.
const SHOWN: std::ops::Range<f64> = 10.0..10_000.0;
/// Of many calls a few were interrupted for long; the curves end before them.
const PERMILLE: usize = 995;

/// Told apart by those who see few colours too (Okabe and Ito's set), and dark enough for white.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 0, 0),
    RGBColor(213, 94, 0),
    RGBColor(0, 114, 178),
    RGBColor(86, 180, 233),
    RGBColor(204, 121, 167),
    RGBColor(0, 158, 115),
    RGBColor(230, 159, 0),
];

/// One panel a title. It has a background of its own, so a dark page does not swallow it.
pub fn draw(file: &Path, panels: &[(&str, &[Series])]) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    for ((title, all), area) in panels.iter().zip(root.split_evenly((panels.len(), 1))) {
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 24))
            .margin(14)
            .margin_right(40) // half of the last label
            .x_label_area_size(50)
            .y_label_area_size(70)
            .build_cartesian_2d(SHOWN.log_scale(), 0.0..100.0)?;
        chart
            .configure_mesh()
            .light_line_style(RGBColor(235, 235, 235))
            .y_max_light_lines(1)
            .x_desc("a call took at most, µs")
            .y_desc("% of the calls")
            .x_label_formatter(&|micros| format!("{micros:.0}"))
            .y_label_formatter(&|share| format!("{share:.0}"))
            .label_style(("sans-serif", 17))
            .axis_desc_style(("sans-serif", 18))
            .draw()?;
        for (series, colour) in all.iter().zip(COLOURS) {
            let point = |permille| {
                let share = permille as f64 / 1000.0;
                (quantile(&series.took, share) / 1000.0, share * 100.0)
            };
            let curve = (0..=PERMILLE).step_by(5).map(point);
            let style = colour.stroke_width(3);
            chart
                .draw_series(LineSeries::new(curve, style))?
                .label(series.name)
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 24, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .margin(14)
            .legend_area_size(34)
            .label_font(("sans-serif", 17))
            .background_style(WHITE)
            .border_style(RGBColor(180, 180, 180))
            .draw()?;
    }
    root.present()?;
    Ok(())
}
