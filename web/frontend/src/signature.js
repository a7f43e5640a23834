// A pad for each [data-signature]: draws with signature_pad, writes its points (never a picture) into the hidden input.
import SignaturePad from 'signature_pad';

const N_MAX_TEXT = 19000; // the server reads 20,000 characters

// Whole pixels, no times, no pressures; of a very long signature every second, third … point.
function compact(strokes) {
  for (let step = 1; ; step += 1) {
    const kept = strokes.map(({ points }) => ({
      points: points
        .filter((_, index) => index % step === 0 || index === points.length - 1)
        .map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) })),
    }));
    const text = JSON.stringify(kept);
    if (text.length <= N_MAX_TEXT || step > 20) {
      return text;
    }
  }
}

function begin(root) {
  const canvas = root.querySelector('canvas');
  const input = root.querySelector('input');
  const state = root.querySelector('[data-signature-state]');
  const clear = root.querySelector('[data-signature-clear]');
  const pad = new SignaturePad(canvas, { minDistance: 4, minWidth: 1, maxWidth: 2.4, penColor: '#111' });

  const tell = () => {
    input.value = pad.isEmpty() ? '' : compact(pad.toData());
    state.textContent = pad.isEmpty() ? state.dataset.empty : state.dataset.drawn;
    clear.hidden = pad.isEmpty();
  };
  // A canvas has pixels of its own: they follow its size on the page, and what was drawn is drawn again.
  const fit = () => {
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    if (!canvas.offsetWidth || canvas.width === Math.round(canvas.offsetWidth * ratio)) {
      return;
    }
    const drawn = pad.toData();
    canvas.width = Math.round(canvas.offsetWidth * ratio);
    canvas.height = Math.round(canvas.offsetHeight * ratio);
    canvas.getContext('2d').scale(ratio, ratio);
    pad.clear();
    pad.fromData(drawn);
  };

  fit();
  window.addEventListener('resize', fit);
  pad.addEventListener('endStroke', tell);
  clear.addEventListener('click', () => {
    pad.clear();
    tell();
    canvas.focus();
  });
  if (input.value) {
    try {
      pad.fromData(JSON.parse(input.value).map((stroke) => ({ ...stroke, penColor: '#111', minWidth: 1, maxWidth: 2.4 })));
    } catch {
      input.value = '';
    }
  }
  tell();
}

document.querySelectorAll('[data-signature]').forEach(begin);
