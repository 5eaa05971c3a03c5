import { useQuery } from '@tanstack/react-query';
import { Link, useMatches } from '@tanstack/react-router';
import { siteQuery } from '@/features/energy/queries';
import { Icon } from '@/ui/Icon';
import classes from './shell.module.css';

interface Crumb {
  label: string;
  to?: string;
}

/** Where the page stands; the routes name their part, a site's name is read. */
export function Breadcrumb() {
  const matches = useMatches();
  const siteId = matches
    .map((match) => (match.params as { siteId?: string }).siteId)
    .find((id) => id !== undefined);
  const site = useQuery({ ...siteQuery(siteId ?? ''), enabled: Boolean(siteId) });
  const crumbs: Crumb[] = matches.flatMap((match) => match.staticData.crumbs ?? []);
  const named = crumbs.map((crumb) =>
    crumb.label === ':site' ? { ...crumb, label: site.data?.name ?? '…' } : crumb,
  );
  return (
    <nav aria-label="Breadcrumb" className={classes.crumbNav}>
      <ol className={classes.crumbs}>
        {named.map((crumb, index) => (
          <li key={crumb.label} aria-current={index === named.length - 1 ? 'page' : undefined}>
            {index > 0 && <Icon name="chevron" size={12} />}
            {crumb.to && index < named.length - 1 ? (
              <Link to={crumb.to} params={{ siteId: siteId ?? '' }}>
                {crumb.label}
              </Link>
            ) : (
              <span>{crumb.label}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
