// What the tests share: comparisons that say what was expected, and the account they call as.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Ytx;

internal static class Check
{
    internal const string Sid = "account-1";
    internal const string Token = "a-token-of-nobody";
    internal const string Appid = "app-1";

    /// <summary>Nothing waits for it: it only ends what hangs.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Options for a server of the test: patient, since the machine may be busy.</summary>
    internal static YtxOptions Patient(string url)
    {
        return new YtxOptions { BaseUrl = url, Timeout = Patience, ConnectTimeout = Patience };
    }

    internal static YtxClient Client(string url)
    {
        return new YtxClient(Sid, Token, Patient(url));
    }

    /// <summary>What the server answers: see behaviour.rs.</summary>
    internal static string Echo(string key)
    {
        return "{\"statusCode\":\"0\",\"echo\":\"" + key + "\"}";
    }

    /// <summary>The room's number for which the server answers this.</summary>
    internal static string Told(string answer)
    {
        return "200:" + string.Concat(Encoding.UTF8.GetBytes(answer).Select(one => one.ToString("x2")));
    }

    internal static void That(bool holds, string what)
    {
        if (!holds) throw new Exception("not so: " + what);
    }

    internal static void Equal<T>(T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
            throw new Exception($"expected {Shown(expected)}, found {Shown(found)}");
    }

    internal static void Holds(string part, string whole)
    {
        That(whole.Contains(part), $"\"{part}\" is in \"{whole}\"");
    }

    /// <summary>What the action throws, which has to be of this very type.</summary>
    internal static T Throws<T>(Action action) where T : Exception
    {
        try
        {
            action();
        }
        catch (T thrown) when (thrown.GetType() == typeof(T))
        {
            return thrown;
        }
        throw new Exception($"no {typeof(T).Name} was thrown");
    }

    /// <summary>The same of what is awaited.</summary>
    internal static T Throws<T>(Task task) where T : Exception
    {
        return Throws<T>(() => task.GetAwaiter().GetResult());
    }

    private static string Shown(object value)
    {
        return value == null ? "null" : $"\"{value}\"";
    }
}
