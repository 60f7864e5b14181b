-- Which attempt has a place: one that has lost its object takes none from the next.
alter table places add column token bigint not null default 0, add column attempt integer not null default 0;

-- «end» lets a workflow look whose object is no more.
alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check
  check (kind in ('object', 'release', 'readers', 'verify', 'deliver', 'select', 'end'));

-- They end with their objects now.
delete from pauses p where p.scope = 'object' and not exists (select 1 from objects o where o.id::text = p.name);
