// Small manners of the pages. Works without it: every action is a plain form.
'use strict';

// A second click while the first is on its way sends nothing; the key in the form makes a late repeat harmless too.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('[data-once]')) {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  const button = event.submitter;
  if (button) {
    button.classList.add('btn-loading');
  }
});

// Coming back with the browser's back button shows the page as left: it may be sent again.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent;
    form.querySelectorAll('.btn-loading').forEach((button) => button.classList.remove('btn-loading'));
  }
});

// Let htmx show what an error says instead of dropping it.
document.addEventListener('htmx:beforeSwap', (event) => {
  if (event.detail.xhr.status >= 400 && event.detail.xhr.status < 500) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.target = document.getElementById('notice') || event.detail.target;
    event.detail.swapOverride = 'innerHTML';
  }
});

// A link to a decision opens it.
const openTarget = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.matches('details')) {
    target.open = true;
  }
};
window.addEventListener('hashchange', openTarget);
openTarget();

const firstError = document.querySelector('.is-invalid');
if (firstError) {
  firstError.focus();
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.addEventListener('click', () => window.print());
}
