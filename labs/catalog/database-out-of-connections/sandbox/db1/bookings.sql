create role desk login password 'foam-and-fender-71';
create role seat_allocator login password 'mooring-line-38';
create role fare_quoter login password 'tariff-by-tide-52';
create role boarding_sync login password 'gangway-two-16';
create role payments login password 'ledger-of-crowns-94';
create database bookings;
revoke all on database bookings from public;
grant connect on database bookings to desk, seat_allocator, fare_quoter, boarding_sync, payments;
\connect bookings
create table sailings (
    id int primary key,
    ferry text not null,
    harbour text not null,
    leaves time not null,
    taken int not null default 0,
    looked_at timestamptz
) with (fillfactor = 50);
insert into sailings (id, ferry, harbour, leaves) values
    (1, 'Aurora', 'Norhaven', '05:40'), (2, 'Kittiwake', 'Kelpness', '06:15'), (3, 'Skerryvore', 'Ostrand', '07:00'),
    (4, 'Petrel', 'Norhaven', '08:30'), (5, 'Fulmar', 'Kelpness', '09:45'), (6, 'Gannet', 'Ostrand', '11:10');
create sequence booking_numbers start 71000;
create table bookings (
    reference text primary key default 'HB-' || nextval('booking_numbers'),
    sailing int not null references sailings,
    passenger text not null,
    booked timestamptz not null default now()
);
insert into bookings (reference, sailing, passenger, booked)
    select 'HB-' || 70000 + n, 1 + n % 6, 'passenger ' || n, timestamptz '2026-01-05 06:00Z' + n * interval '7 minutes'
    from generate_series(1, 240) n;
create table worker_rounds (worker text primary key, rounds bigint not null, started timestamptz not null, at timestamptz not null);
create table settlements (batch int, line int, amount numeric(8, 2) not null, at timestamptz not null default clock_timestamp(), primary key (batch, line));
grant select, update on sailings to desk, seat_allocator, fare_quoter, boarding_sync;
grant select, insert on bookings to desk;
grant usage on sequence booking_numbers to desk;
grant select on bookings to seat_allocator, fare_quoter, boarding_sync;
grant select, insert, update on worker_rounds to seat_allocator, fare_quoter, boarding_sync;
grant select, insert on settlements to payments;
