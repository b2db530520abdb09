//! Films, decoded by other programs than the one that made them.

use std::path::Path;
use std::process::Command;

use pixelwars::timelapse::Format;

/// The frames of a film, red, green and blue by rows, each as long as a film's frame.
pub(crate) struct Decoded {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frames: Vec<Vec<u8>>,
}

impl Decoded {
    /// Decodes a file of `fps` frames a second.
    pub(crate) fn read(file: &Path, format: Format, fps: u32) -> Self {
        match format {
            Format::Webp => webp(file, fps),
            Format::Gif => {
                let once = by_ffmpeg(file);
                let delays = gif_delays(file);
                assert_eq!(once.frames.len(), delays.len());
                let times = delays
                    .iter()
                    .map(|delay| frames_in(u32::from(*delay) * 10, fps));
                once.repeated(times)
            }
            Format::Mp4 | Format::Webm => by_ffmpeg(file),
        }
    }

    fn repeated(self, times: impl Iterator<Item = u32>) -> Self {
        let frames = self.frames.iter().zip(times);
        let frames = frames.flat_map(|(frame, times)| (0..times).map(|_| frame.clone()));
        Self {
            frames: frames.collect(),
            ..self
        }
    }

    /// A pixel of a frame.
    pub(crate) fn pixel(&self, frame: usize, x: u32, y: u32) -> [u8; 3] {
        let at = ((y * self.width + x) * 3) as usize;
        self.frames[frame][at..at + 3].try_into().unwrap()
    }
}

/// How many frames are shown in so many milliseconds, rounded.
fn frames_in(ms: u32, fps: u32) -> u32 {
    (ms * fps + 500) / 1_000
}

/// The delays of a GIF's frames, in hundredths of a second.
pub(crate) fn gif_delays(file: &Path) -> Vec<u16> {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options
        .read_info(std::fs::File::open(file).unwrap())
        .unwrap();
    let mut delays = Vec::new();
    while let Some(frame) = decoder.next_frame_info().unwrap() {
        delays.push(frame.delay);
    }
    delays
}

/// What ffprobe says of the first video stream: the values of these entries, by commas.
pub(crate) fn probe(file: &Path, entries: &str) -> String {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-select_streams", "v:0", "-of", "csv=p=0"]);
    command
        .args(["-show_entries", &format!("stream={entries}")])
        .arg(file);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn by_ffmpeg(file: &Path) -> Decoded {
    let size = probe(file, "width,height");
    let (width, height) = size.split_once(',').unwrap();
    let (width, height): (u32, u32) = (width.parse().unwrap(), height.parse().unwrap());
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(file);
    command.args([
        "-fps_mode",
        "passthrough",
        "-sws_flags",
        "accurate_rnd+full_chroma_int",
    ]);
    command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let bytes = (width * height * 3) as usize;
    assert_eq!(output.stdout.len() % bytes, 0);
    let frames = output.stdout.chunks_exact(bytes);
    Decoded {
        width,
        height,
        frames: frames.map(<[u8]>::to_vec).collect(),
    }
}

fn webp(file: &Path, fps: u32) -> Decoded {
    let bytes = std::io::Cursor::new(std::fs::read(file).unwrap());
    let mut decoder = image_webp::WebPDecoder::new(bytes).unwrap();
    let (width, height) = decoder.dimensions();
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut buffer = vec![0; (width * height * channels) as usize];
    let (mut frames, mut times) = (Vec::new(), Vec::new());
    for _ in 0..decoder.num_frames() {
        times.push(frames_in(decoder.read_frame(&mut buffer).unwrap(), fps));
        let pixels = buffer.chunks_exact(channels as usize);
        frames.push(pixels.flat_map(|pixel| pixel[..3].to_vec()).collect());
    }
    let once = Decoded {
        width,
        height,
        frames,
    };
    once.repeated(times.into_iter())
}
