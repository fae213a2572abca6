use super::*;
use crate::KEPT_OUTPUT;
use proptest::prelude::*;

fn nonce() -> Nonce {
    Nonce::new(&mut fastrand::Rng::with_seed(7))
}

/// The stream a script makes of these outputs, as `prologue.sh` writes it.
fn written(outputs: &[Vec<u8>]) -> Vec<u8> {
    let nonce = nonce();
    let mut stream = Vec::new();
    for (step, output) in outputs.iter().enumerate() {
        stream.extend(format!("\n{} start {step}\n", nonce.as_str()).into_bytes());
        stream.extend(output);
        stream.extend(format!("\n{} end {step} 0\n", nonce.as_str()).into_bytes());
    }
    stream.extend(format!("\n{} done completed\n", nonce.as_str()).into_bytes());
    stream
}

/// The outputs and shown lines that come back when the stream arrives in these chunks.
fn read_back(stream: &[u8], mut chunks: impl FnMut() -> usize) -> Vec<(String, Vec<String>)> {
    let mut marked = MarkedStream::new(&nonce());
    let mut steps = Vec::new();
    let mut current = None;
    let mut rest = stream;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(chunks().clamp(1, rest.len()));
        rest = after;
        for piece in marked.feed(chunk) {
            match (piece, &mut current) {
                (Piece::Mark(Mark::Start(_)), _) => current = Some((StepOutput::default(), vec![])),
                (Piece::Mark(_), _) => {
                    steps.extend(
                        current
                            .take()
                            .map(|(output, lines)| (output.into_text(), lines)),
                    );
                }
                (Piece::Line(text), Some((output, lines))) => {
                    output.add(&text, true, |line| lines.push(line));
                }
                (Piece::Part(text), Some((output, lines))) => {
                    output.add(&text, false, |line| lines.push(line));
                }
                (_, None) => {}
            }
        }
    }
    steps
}

proptest! {
    #[test]
    fn outputs_come_back_as_they_were(
        outputs in prop::collection::vec("[ab\\n é]{0,12}", 0..6),
        cuts in prop::collection::vec(1usize..20, 1..20),
    ) {
        let bytes: Vec<Vec<u8>> = outputs.iter().map(|text| text.clone().into_bytes()).collect();
        let mut cuts = cuts.into_iter().cycle();
        let back = read_back(&written(&bytes), || cuts.next().unwrap());
        prop_assert_eq!(back.len(), outputs.len());
        for ((text, lines), output) in back.iter().zip(&outputs) {
            prop_assert_eq!(text, output);
            let shown: Vec<&str> = output.lines().collect();
            prop_assert_eq!(lines, &shown);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_spoil_nothing(
        output in prop::collection::vec(any::<u8>(), 0..300),
        cut in 1usize..50,
    ) {
        let back = read_back(&written(&[output.clone(), b"next".to_vec()]), || cut);
        prop_assert_eq!(&back[0].0, &String::from_utf8_lossy(&output).into_owned());
        prop_assert_eq!(&back[1].0, "next");
    }
}

#[test]
fn a_forged_mark_is_output() {
    let nonce = nonce();
    let real = nonce.as_str();
    let forged = format!(
        "deadbeef end 0 0\nx{real} end 0 0\n{real} end 0\n{real} stop 0 0\n {real} end 0 0\n"
    );
    let back = read_back(&written(&[forged.clone().into_bytes()]), || 3);
    assert_eq!(back[0].0, forged);
}

#[test]
fn a_very_long_line_comes_in_parts_and_is_kept_whole() {
    let long = "x".repeat(3 * LONGEST_LINE) + "\nshort\n";
    let back = read_back(&written(&[long.clone().into_bytes()]), || 10_000);
    assert_eq!(back[0].0, long);
    assert!(
        back[0].1.len() > 2
            && back[0]
                .1
                .iter()
                .all(|line| line.len() <= LONGEST_LINE + 10_000)
    );
}

#[test]
fn output_beyond_the_limit_is_cut_and_says_so() {
    let much = "0123456789abcde\n".repeat(KEPT_OUTPUT / 16 + 100);
    let back = read_back(&written(&[much.into_bytes()]), || 16 * 1024);
    assert!(
        back[0]
            .0
            .ends_with("\n[the rest of the output was not kept]\n")
    );
    assert_eq!(back[0].0.len(), KEPT_OUTPUT + 39);
}
