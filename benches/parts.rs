//! What the library's own parts cost: `cargo bench --features _parts --bench parts`.
//!
//! The last one, `own_share`, is all that a call does itself, without ureq and the kernel; how
//! often it asks for memory is counted as well.

#[path = "support/answers.rs"]
mod answers;
#[path = "parts/heap.rs"]
mod heap;

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use criterion::{BatchSize, Criterion, Throughput};
use serde_json::Value;
use ytx::parts::{Body, Signer, issue, look_up, report_and_free, whole_call, write_request};
use ytx::{Client, Options};

const SID: &str = "ff8080813c37da53013c804f8072007c";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const APPID: &std::ffi::CStr = c"ff8080813fc70a7b013fc72312324213";
const CONFID: &std::ffi::CStr = c"002";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    request(&mut criterion);
    for (name, json) in [("lock", answers::LOCK.to_owned()), ("state", answers::state())] {
        answer(&mut criterion, name, &json);
    }
    own_share(&mut criterion);
    criterion.final_summary();
}

fn client() -> Client {
    let mut options = Options::default();
    options.base_url = "http://127.0.0.1:1".to_owned(); // nothing is ever sent
    Client::new(SID, TOKEN, options).expect("good arguments")
}

/// What is done before anything is sent, and instead of it.
fn request(criterion: &mut Criterion) {
    let handle = issue(client());
    criterion.bench_function("handle", |b| b.iter(|| look_up(black_box(handle))));
    criterion.bench_function("request", |b| b.iter(|| write_request(APPID, CONFID)));

    let signer = Signer::new(SID, TOKEN);
    let mut second = 0;
    criterion.bench_function("sign/new second", |b| {
        b.iter(|| {
            second += 1;
            signer.sign(UNIX_EPOCH + Duration::from_secs(second));
        });
    });
    let now = SystemTime::now();
    criterion.bench_function("sign/kept", |b| b.iter(|| signer.sign(black_box(now))));

    let message = "no answer from api.ytx.net:80 within 15000 ms";
    criterion.bench_function("report", |b| b.iter(|| report_and_free(black_box(message))));
}

/// Reading an answer and handing it to C, beside what others do with the same bytes.
fn answer(criterion: &mut Criterion, name: &str, json: &str) {
    let bytes = json.as_bytes();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    let receive = || Body::receive(bytes);
    group.bench_function("read", |b| b.iter_batched(receive, Body::read, BatchSize::SmallInput));
    let read = || receive().read();
    group.bench_function("hand over and free", |b| {
        b.iter_batched(read, |answer| answer.hand_over_and_free(), BatchSize::SmallInput);
    });
    group.bench_function("std UTF-8", |b| b.iter(|| std::str::from_utf8(black_box(bytes)).is_ok()));
    group.bench_function("simdutf8", |b| {
        b.iter(|| simdutf8::basic::from_utf8(black_box(bytes)).is_ok());
    });
    group.bench_function("serde_json::Value", |b| {
        b.iter(|| serde_json::from_slice::<Value>(black_box(bytes)).is_ok());
    });
    group.finish();
}

/// `benches/call/own.rs` reads what this leaves.
fn own_share(criterion: &mut Criterion) {
    let (handle, signer) = (issue(client()), Signer::new(SID, TOKEN));
    let call = || whole_call(handle, &signer, APPID, CONFID, answers::LOCK.as_bytes());
    criterion.bench_function("own_share", |b| b.iter(call));

    // The fewest of some: at times a second begins, and the signature is made anew.
    call();
    let fewest = (0..10).map(|_| heap::allocations(call)).min();
    println!("own_share allocations: {}", fewest.unwrap_or_default());
}
