/** Names of Kubernetes objects and namespaces (DNS subdomains), and of instances. */
const name = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** The problem of an application name, `[instance/]namespace/name`; `undefined` if it is valid. */
export function applicationProblem(application: string): string | undefined {
  const parts = application.split('/');
  if (parts.length < 2 || parts.length > 3)
    return 'is not an application; expected [instance/]namespace/name, such as argocd/payments';
  const wrong = parts.find((part) => !name.test(part));
  return wrong === undefined
    ? undefined
    : `has \`${wrong.slice(0, 60)}\`, which is not a Kubernetes name (lower-case letters, digits, - and .)`;
}

/** The instance of `[instance/]namespace/name`. */
export function instanceOf(application: string): string | undefined {
  const parts = application.split('/');
  return parts.length === 3 ? parts[0] : undefined;
}
