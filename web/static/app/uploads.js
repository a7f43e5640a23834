// Files of a form: a removed one leaves the form, and the draft hears of what came and went.
'use strict';

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-upload-remove]');
  if (button) {
    const box = button.closest('[data-uploads]');
    button.closest('[data-upload]').remove();
    box.dispatchEvent(new Event('change', { bubbles: true }));
  }
});

document.addEventListener('htmx:afterSwap', (event) => {
  if (event.target.matches('[data-uploads]')) {
    event.target.parentElement.querySelectorAll('input[type="file"]').forEach((input) => { input.value = ''; });
    event.target.dispatchEvent(new Event('change', { bubbles: true }));
  }
});

// A new choice takes away what was said of the last one.
document.addEventListener('htmx:beforeRequest', (event) => {
  if (event.target.matches('input[type="file"]')) {
    event.target.parentElement.querySelectorAll('[data-uploads] .invalid-feedback').forEach((said) => said.remove());
  }
});
