// The task list by keyboard, its choice of many, and polls that cost nothing while nothing changes. The list works
// without it: every key is a link, a button or a box of the page.
'use strict';

(() => {
  const list = document.getElementById('tasks');
  const keys = document.getElementById('keys');
  const search = document.getElementById('q');
  const rows = () => [...document.querySelectorAll('[data-row]')];
  const boxes = () => [...document.querySelectorAll('[data-row] input[name=task]')];
  const rowHere = () => document.activeElement && document.activeElement.closest('[data-row]');

  const go = (step) => {
    const all = rows();
    const here = all.indexOf(rowHere());
    const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1)];
    if (next) {
      next.querySelector('[data-open]').focus();
      next.scrollIntoView({ block: 'nearest' });
    }
  };
  const send = (kind) => {
    const row = rowHere();
    const form = row ? row.querySelector(kind) : list ? null : document.querySelector(kind);
    if (form) {
      form.requestSubmit();
    }
  };
  const choose = () => {
    const row = rowHere();
    if (row) {
      row.querySelector('input[name=task]').click();
    }
  };
  const follow = (selector) => {
    const link = document.querySelector(selector);
    if (link) {
      link.click();
    }
  };
  const help = () => {
    if (keys && !keys.open) {
      keys.showModal();
    }
  };
  const ACTS = {
    j: () => go(1),
    k: () => go(-1),
    c: () => send('[data-claim]'),
    f: () => send('[data-follow]'),
    x: choose,
    n: () => follow('[data-next]'),
    '/': () => search && search.focus(),
    '?': help,
  };
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input:not([type=checkbox]), select, textarea, [contenteditable]');
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || (keys && keys.open)) {
      return;
    }
    if (typing) {
      if (event.key === 'Escape') {
        event.target.blur();
      }
      return;
    }
    const act = Object.hasOwn(ACTS, event.key) ? ACTS[event.key] : null;
    if (act) {
      event.preventDefault();
      act();
    }
  });
  for (const button of document.querySelectorAll('[data-help]')) {
    button.hidden = false;
    button.addEventListener('click', help);
  }
  if (!list) {
    return;
  }

  const bulk = document.getElementById('bulk');
  const everything = bulk.querySelector('[data-all]');
  const said = bulk.querySelector('[data-chosen]');
  const words = said.dataset.chosen;
  const count = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    said.textContent = words.replace('#', chosen);
    bulk.querySelectorAll('button').forEach((button) => { button.disabled = chosen === 0; });
    everything.querySelector('input').checked = chosen > 0 && chosen === boxes().length;
    boxes().forEach((box) => box.closest('[data-row]').classList.toggle('is-chosen', box.checked));
  };
  everything.hidden = false;
  everything.addEventListener('change', (event) => {
    boxes().forEach((box) => { box.checked = event.target.checked; });
    count();
  });
  list.addEventListener('change', count);
  window.addEventListener('pageshow', count);
  count();

  // What is shown and how it is tagged; the server answers 304 to the same tag.
  document.addEventListener('htmx:configRequest', (event) => {
    const { elt, headers } = event.detail;
    if (elt.matches('[data-tagged]') && elt.dataset.tag) {
      headers['If-None-Match'] = elt.dataset.tag;
    }
  });
  // A poll must not take the rows away from somebody who is choosing or searching.
  document.addEventListener('htmx:beforeRequest', (event) => {
    const busy = boxes().some((box) => box.checked) || (search && search.value.trim());
    if (event.detail.elt.matches('[data-polled]') && busy) {
      event.preventDefault();
    }
  });
  let held = null;
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { elt, xhr } = event.detail;
    if (xhr.status === 304) {
      event.detail.shouldSwap = false;
      return;
    }
    if (elt.matches('[data-tagged]') && xhr.status === 200) {
      elt.dataset.tag = xhr.getResponseHeader('ETag') || '';
    } else if (event.detail.target === list) {
      list.dataset.tag = '';
    }
    held = rowHere() ? rowHere().dataset.row : null;
  });
  document.addEventListener('htmx:afterSwap', () => {
    count();
    const row = rows().find((each) => each.dataset.row === held);
    if (row) {
      row.querySelector('[data-open]').focus({ preventScroll: true });
    }
    held = null;
  });
})();
