import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { signOut } from '@/api/session';
import { meQuery } from '@/features/identity/queries';
import { Icon } from '@/ui/Icon';
import { Popup } from './Popup';
import classes from './popup.module.css';

export function UserMenu() {
  const { data: me } = useQuery(meQuery);
  if (!me) return null;
  return (
    <Popup
      label={`Account of ${me.display_name}`}
      button={
        <span className={classes.avatar} aria-hidden="true">
          {me.display_name.slice(0, 1).toUpperCase()}
        </span>
      }
    >
      {(close) => (
        <>
          <div className={classes.who}>
            <strong>{me.display_name}</strong>
            {me.email && <div className="muted">{me.email}</div>}
            <ul className={classes.roles}>
              {me.roles.map((role) => (
                <li key={`${role.role} ${role.scope}`}>
                  {role.role.replaceAll('_', ' ')} <span className="muted">in {role.scope}</span>
                </li>
              ))}
            </ul>
          </div>
          <Link to="/account" hash="sessions" className={classes.menuItem} onClick={close}>
            <Icon name="session" size={16} /> Sessions
          </Link>
          <Link to="/account" hash="password" className={classes.menuItem} onClick={close}>
            <Icon name="key" size={16} /> Change password
          </Link>
          <button type="button" className={classes.menuItem} onClick={() => void signOut()}>
            <Icon name="collapse" size={16} /> Sign out
          </button>
        </>
      )}
    </Popup>
  );
}
