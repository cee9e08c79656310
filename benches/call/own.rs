//! A call's own share.
pub struct Own {
    pub nanoseconds: f64,
    pub allocations: f64,
}
pub fn measure() -> Own {
    Own { nanoseconds: f64::NAN, allocations: f64::NAN }
}
