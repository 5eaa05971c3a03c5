// Starts the API reference. Someone signed in to the dashboard in this browser can try calls at once; anyone else
// pastes a token or an API key under "Authorize".
// The dashboard's scheme, in the reference's own word for it.
if (document.documentElement.dataset.mantineColorScheme === 'dark')
  document.documentElement.classList.add('dark-mode');

const identity = document.getElementById('identity');

async function tokenOfThisBrowser() {
  try {
    if (localStorage.getItem('nqba.signed-in') !== '1') return null;
    // The same lock as the dashboard's: a refresh token may be used once.
    const renew = () =>
      fetch('/api/v1/identity/sessions/refresh', { method: 'POST', headers: { 'X-CSRF-Protection': '1' } });
    const response = await (navigator.locks ? navigator.locks.request('nqba-refresh', renew) : renew());
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

const reference = window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  filter: true,
  tryItOutEnabled: false,
  validatorUrl: null,
  onComplete: signIn,
});

async function signIn() {
  const token = await tokenOfThisBrowser();
  if (!token) {
    identity.textContent = 'Not signed in: use Authorize with a token or an API key to try calls.';
    return;
  }
  reference.preauthorizeApiKey('bearer', token.access_token);
  identity.textContent = 'Signed in with this browser’s session: calls you try are real.';
  setTimeout(signIn, Math.max(30, token.expires_in - 60) * 1000);
}
