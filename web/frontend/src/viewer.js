// Shows the diagram of an order, read only, with its elements marked: current, waiting, stopped, passed.
// The bpmn.io mark in the corner stays as bpmn-js draws it (licence).
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';

async function fetched(url, kind) {
  const answer = await fetch(url, { credentials: 'same-origin', headers: { Accept: kind } });
  if (!answer.ok) {
    throw new Error(`${answer.status} ${url}`);
  }
  return answer;
}

function mark(viewer, marks) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  for (const [name, ids] of Object.entries(marks)) {
    for (const id of ids.filter((known) => registry.get(known))) {
      canvas.addMarker(id, `is-${name}`);
    }
  }
}

function fit(viewer, marks) {
  const canvas = viewer.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  const current = [...marks.stopped, ...marks.current, ...marks.waiting, ...(marks['heat-5'] || [])].map((id) => viewer.get('elementRegistry').get(id)).find(Boolean);
  if (canvas.zoom() < 0.45) {
    canvas.zoom(0.6);
    canvas.scrollToElement(current || canvas.getRootElement(), { top: 40, bottom: 40, left: 40, right: 40 });
  }
}

async function draw(viewer, box, xml, marks) {
  const { warnings } = await viewer.importXML(xml);
  mark(viewer, marks);
  fit(viewer, marks);
  document.getElementById(`${box.id}-failed`).hidden = true;
  box.dataset.state = warnings.length ? 'warned' : 'shown';
}

// The diagrams of called folders, in place of the order's own. Of two that were asked for, the later is shown.
function choices(viewer, box, marks) {
  const offered = [...document.querySelectorAll(`[data-diagram-of="${box.id}"]`)];
  let wanted = null;
  async function choose(button) {
    wanted = button;
    box.dataset.state = 'loading';
    try {
      const answer = await fetched(button.dataset.xml, 'application/xml');
      const xml = await answer.text();
      if (wanted !== button) {
        return;
      }
      for (const each of offered) {
        each.classList.toggle('active', each === button);
        each.setAttribute('aria-pressed', each === button);
      }
      await draw(viewer, box, xml, marks);
    } catch (error) {
      failed(box, error);
    }
  }
  for (const button of offered) {
    button.addEventListener('click', () => choose(button));
  }
}

function failed(box, error) {
  box.dataset.state = 'failed';
  document.getElementById(`${box.id}-failed`).hidden = false;
  console.error('diagram', error);
}

function buttons(viewer, box, marks) {
  const actions = {
    in: () => viewer.get('zoomScroll').stepZoom(1),
    out: () => viewer.get('zoomScroll').stepZoom(-1),
    fit: () => fit(viewer, marks),
  };
  for (const button of document.querySelectorAll(`[data-diagram="${box.id}"]`)) {
    button.addEventListener('click', actions[button.dataset.zoom]);
  }
}

async function show(box) {
  const viewer = new NavigatedViewer({ container: box });
  try {
    const [xml, marks] = await Promise.all([
      fetched(box.dataset.xml, 'application/xml').then((answer) => answer.text()),
      fetched(box.dataset.marks, 'application/json').then((answer) => answer.json()),
    ]);
    await draw(viewer, box, xml, marks);
    buttons(viewer, box, marks);
    choices(viewer, box, marks);
  } catch (error) {
    failed(box, error);
  }
}

for (const box of document.querySelectorAll('[data-diagram-viewer]')) {
  show(box);
}
