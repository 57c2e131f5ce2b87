-- The bookings as they were at a moment: the larger :n, the later. Nobody in it is real.
drop table if exists payments, reservations, passengers, sailings;
create table sailings (id int primary key, ferry text not null, harbour text not null, leaves timestamp not null);
create table passengers (id int primary key, name text not null, mail text not null, phone text not null);
create table reservations (id int primary key, sailing int not null references sailings, passenger int not null references passengers, seat text not null);
create table payments (id int primary key, reservation int not null references reservations, amount numeric(8, 2) not null, settled date not null);
insert into sailings
    select i, (array['Aurora', 'Kittiwake', 'Skerryvore', 'Petrel', 'Fulmar'])[1 + i % 5], (array['Norhaven', 'Kelpness', 'Ostrand'])[1 + i % 3],
        timestamp '2025-01-01 05:40' + (:n * 100 + i) * interval '3 hours'
    from generate_series(1, 90 + :n * 3) i;
insert into passengers
    select i, 'Passenger ' || substr(md5('name' || :n || i), 1, 10), substr(md5('mail' || :n || i), 1, 12) || '@islandpost.example',
        '+00 ' || (1000000 + (i * 7919 + :n) % 8999999)
    from generate_series(1, 1400 + :n * 37) i;
insert into reservations
    select i, 1 + (i * 31) % (90 + :n * 3), 1 + (i * 17) % (1400 + :n * 37), (1 + i % 60) || substr('ABCDEF', 1 + i % 6, 1)
    from generate_series(1, 2100 + :n * 53) i;
insert into payments
    select i, i, 12 + (i * 13 + :n) % 90 + 0.5, date '2025-01-01' + (i + :n) % 90
    from generate_series(1, 1900 + :n * 41) i;
