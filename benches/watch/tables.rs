//! What was measured, as tables.

use super::host::{SLOT_MILLIS, Seen};
use super::members::Members;
use super::support::figures::quantile;
use super::support::goal::KB;
use super::support::table::{Table, thousands};

/// Of jansson's time to read members.
const READING: f64 = 0.15;
/// As for calls: what waits holds no thread.
const THREADS: f64 = 9.0;

/// The one run of many rooms, and the members.
pub fn goals(many: &Seen, members: Option<&Members>) -> Table {
    let rooms = format!("{} rooms every {} s", many.rooms, many.interval_millis / 1000);
    let mut table = Table::new(&["", "goal", "measured", ""]);
    let mut row = |what: String, goal: String, measured: String, met: Option<bool>| {
        let met = met.map_or("", |met| if met { "met" } else { "**missed**" });
        table.row(vec![what, goal, measured, met.to_owned()]);
    };
    let most = *many.slots.last().expect("a slot");
    let mean = many.requests * SLOT_MILLIS as f64 / 1000.0;
    row(format!("{rooms}, CPU of one core"), String::new(), percent(many.cpu), None);
    let threads = Some(many.threads <= THREADS);
    let goal = format!("≤ {THREADS:.0}");
    row(format!("{rooms}, threads, the host's included"), goal, thousands(many.threads), threads);
    let a_room = format!("{:.1} KB", many.bytes / KB / many.rooms as f64);
    row(format!("{rooms}, resident memory a room"), String::new(), a_room, None);
    row(format!("{rooms}, requests a second"), String::new(), thousands(many.requests), None);
    row(
        format!("{rooms}, most requests in {SLOT_MILLIS} ms, by the mean"),
        String::new(),
        format!("{:.1}", most as f64 / mean),
        None,
    );
    let (measured, met) = match members {
        Some(Members { ytx, jansson, ratio }) => {
            let micros = [ytx, jansson].map(|nanoseconds| nanoseconds / 1000.0);
            let measured = format!("{ratio:.2} ({:.0} µs, {:.0} µs)", micros[0], micros[1]);
            (measured, Some(*ratio <= READING))
        }
        None => ("–".to_owned(), None),
    };
    row(
        "200 members by `ytx_members_read`".to_owned(),
        format!("≤ {READING} × jansson"),
        measured,
        met,
    );
    table
}

/// How many slots had how many requests.
pub fn spread(many: &Seen) -> Table {
    let head = format!("requests in {SLOT_MILLIS} ms");
    let mut table = Table::new(&[&head, "of all such times", ""]);
    let most = *many.slots.last().expect("a slot");
    for from in (0..=most).step_by(3) {
        let count = many.slots.iter().filter(|count| (from..from + 3).contains(count)).count();
        let share = count as f64 / many.slots.len() as f64;
        let bar = "#".repeat((share * 50.0).round() as usize);
        table.row(vec![format!("{from} to {}", from + 2), percent(share), bar]);
    }
    table
}

/// How late news is.
pub fn news(runs: &[&Seen]) -> Table {
    let heads = [
        "interval",
        "rooms",
        "changes",
        "change to event, p50",
        "p99",
        "answer to event, p50",
        "p99",
    ];
    let mut table = Table::new(&heads);
    for seen in runs {
        let seconds = |share| format!("{:.2} s", quantile(&seen.from_change, share) / 1e9);
        let millis = |share| format!("{:.2} ms", quantile(&seen.from_answer, share) / 1e6);
        table.row(vec![
            match seen.interval_millis {
                millis @ 0..1000 => format!("{millis} ms"),
                millis => format!("{} s", millis / 1000),
            },
            seen.rooms.to_string(),
            thousands(seen.from_change.len() as f64),
            seconds(0.50),
            seconds(0.99),
            millis(0.50),
            millis(0.99),
        ]);
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// What the tables say, for the guide in Chinese.
const CHINESE: [(&str, &str); 17] = [
    ("rooms every", "个会议室，间隔"),
    (", CPU of one core", "：占用单核 CPU"),
    (", threads, the host's included", "：线程数（含宿主程序的）"),
    (", resident memory a room", "：每个会议室的常驻内存"),
    (", requests a second", "：每秒请求数"),
    (", most requests in 100 ms, by the mean", "：100 毫秒内最多的请求数与均值之比"),
    ("200 members by `ytx_members_read`", "用 `ytx_members_read` 读 200 名成员"),
    ("| requests in 100 ms", "| 100 毫秒内的请求数"),
    ("of all such times", "占全部时段"),
    ("change to event, p50", "从变化到事件，p50"),
    ("answer to event, p50", "从应答到事件，p50"),
    ("| interval", "| 间隔"),
    ("| rooms", "| 会议室"),
    ("| changes", "| 变化次数"),
    ("| goal", "| 目标"),
    ("| measured", "| 实测"),
    ("**missed**", "**未达到**"),
];

pub fn in_chinese(tables: &str) -> String {
    let words = CHINESE.iter().fold(tables.to_owned(), |text, (from, to)| text.replace(from, to));
    words.replace("| met ", "| 达到 ").replace(" to ", " 至 ")
}
