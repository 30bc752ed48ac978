//! The page's maker of views: worlds without tensors in a dedicated worker, beside an engine's.

fn main() {
    seq_jepa::loader::serve();
}
