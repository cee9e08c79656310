//! Who runs after whom, where several are measured in short rounds, so that whatever else the machine
//! does hits all alike.

/// The order of one round. Another one begins each second time, and every other round goes backwards, so
/// who comes after whom changes as well, also where there are only two.
pub fn order(round: usize, peers: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..peers).collect();
    order.rotate_left(round / 2 % peers);
    if round % 2 == 1 {
        order.reverse();
    }
    order
}
