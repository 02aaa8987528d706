/* global oidc */

const settings = await (await fetch('/settings.json')).json();
const manager = new oidc.UserManager({
  ...settings,
  redirect_uri: `${location.origin}/`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: 'openid profile email',
  loadUserInfo: true,
});

const onClick = (id, act) => document.getElementById(id).addEventListener('click', act);
onClick('sign-in', () => manager.signinRedirect());
onClick('renew', async () => show(await manager.signinSilent()));
onClick('sign-out', () => manager.signoutRedirect());

function show(user) {
  const text = user ? `Signed in as ${user.profile.email}` : 'Nobody is signed in';
  document.getElementById('state').textContent = text;
}

if (new URLSearchParams(location.search).has('code')) {
  await manager.signinCallback();
  history.replaceState(null, '', '/');
}
show(await manager.getUser());
