create role desk login password 'crossing-and-back';
create database bookings owner desk;
\connect bookings
create table bookings (number int primary key, ferry text not null, passengers int not null);
insert into bookings select 410000 + n, (array['Aurora', 'Kittiwake', 'Skerryvore', 'Petrel'])[1 + n % 4], 1 + n % 5
    from generate_series(1, 640) as n;
alter table bookings owner to desk;
