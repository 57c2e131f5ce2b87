-- Stage's own bookings, with made-up passengers: the testers work in it.
create role stage login;
create role drill login superuser password 'low-water-rehearsal-27';
create database bookings owner stage;
\connect bookings
set role stage;
create table sailings (id int primary key, ferry text not null, harbour text not null, leaves timestamp not null);
create table passengers (id int primary key, name text not null, mail text not null, phone text not null);
create table reservations (id int primary key, sailing int not null references sailings, passenger int not null references passengers, seat text not null);
create table payments (id int primary key, reservation int not null references reservations, amount numeric(8, 2) not null, settled date not null);
insert into sailings select i, 'Tern', 'Sandvik', timestamp '2026-01-01 05:40' + i * interval '1 day' from generate_series(1, 30) i;
insert into passengers select i, 'Tester ' || i, 'tester' || i || '@stage.example', '+00 1' from generate_series(1, 200) i;
insert into reservations select i, 1 + i % 30, 1 + i % 200, i || 'A' from generate_series(1, 300) i;
insert into payments select i, i, 10, date '2026-01-01' from generate_series(1, 250) i;
